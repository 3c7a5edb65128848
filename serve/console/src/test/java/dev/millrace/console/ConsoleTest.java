package dev.millrace.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConsoleTest {
    private final Console console = new Console();
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private Server server;
    private String root;

    @BeforeAll
    void start() {
        ServerBuilder builder = Server.builder().http(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        new FakeApi().mount(builder);
        console.mount(builder);
        server = builder.build();
        server.start().join();
        root = "http://127.0.0.1:" + server.activeLocalPort();
    }

    @AfterAll
    void stop() {
        http.close();
        console.close();
        server.stop().join();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/console",
                "/console/try",
                "/console/models",
                "/console/data",
                "/console/tiles",
                "/console/charts/series",
                "/console/try/slate?user=u1"
            })
    void page_withoutSession_leadsToSignIn(String path) throws Exception {
        HttpResponse<String> answer = get(path, "");

        assertEquals(303, answer.statusCode());
        assertEquals("/console/sign-in", answer.headers().firstValue("location").orElseThrow());
    }

    @Test
    void signIn_wrongKey_saysWhy() throws Exception {
        HttpResponse<String> answer = post("/console/sign-in", "key=wrong", "", root);

        assertEquals(401, answer.statusCode());
        assertTrue(answer.body().contains("the key is not known"), answer::body);
    }

    @Test
    void form_withoutItsField_isNoDefect() throws Exception {
        assertEquals(401, post("/console/sign-in", "", "", root).statusCode());
        String session = signIn();
        for (String path : List.of("/console/try/slate", "/console/data/events", "/console/models/promote")) {
            int status = path.endsWith("slate")
                    ? get(path, session).statusCode()
                    : post(path, "", session, root).statusCode();
            assertTrue(status < 500, path + " answered " + status);
        }
    }

    @Test
    void signIn_rightKey_opensEveryPage() throws Exception {
        String session = signIn();

        assertTrue(get("/console", session).body().contains("Click rate by arm"));
        assertTrue(get("/console/tiles", session).body().contains("1 h 1 min"));
        assertTrue(get("/console/try", session).body().contains("value=\"u1\""));
        assertTrue(get("/console/models", session).body().contains("ndcg10 0.1512"));
        assertTrue(get("/console/models/training", session).body().contains("epoch 3"));
        assertTrue(get("/console/data", session).body().contains("7,890"));
        assertTrue(get("/console/data/items", session).body().contains("drama, war"));
        assertTrue(get("/console/charts/series", session).body().contains("\"p99Millis\""));
        assertTrue(get("/console/charts/curve/aaaaaaaaaaaaaaaaaaaa", session)
                .body()
                .contains("ndcg10"));
    }

    @Test
    void entryToken_usedOnce_opensOneSession() throws Exception {
        String path = console.entryPath(FakeApi.KEY);

        HttpResponse<String> first = get(path, "");
        HttpResponse<String> second = get(path, "");

        assertEquals("/console", first.headers().firstValue("location").orElseThrow());
        assertTrue(first.headers()
                .firstValue("set-cookie")
                .orElseThrow()
                .toLowerCase(java.util.Locale.ROOT)
                .contains("httponly"));
        assertEquals("/console/sign-in", second.headers().firstValue("location").orElseThrow());
    }

    @Test
    void slate_textFromTheCatalogue_isEscaped() throws Exception {
        String body = get("/console/try/slate?user=u1", signIn()).body();

        assertTrue(body.contains("The &lt;b&gt;bold&lt;/b&gt; one"), body);
        assertFalse(body.contains("<b>bold</b>"), body);
        assertTrue(body.contains("late after 2 ms"), body);
    }

    @Test
    void slate_ofARanker_saysWhatIsForetoldBesideTheParts() throws Exception {
        String body = get("/console/try/slate?user=u1", signIn()).body();

        assertTrue(body.contains("model 0.700"), body);
        assertTrue(body.contains("click foretold at 3.10 %"), body);
        assertTrue(body.contains("complaint foretold at 0.04 %"), body);
    }

    @Test
    void act_onAnItem_showsTheChangedSlate() throws Exception {
        String body = post(
                        "/console/try/act",
                        "user=u1&scenario=home&item=i2&type=click&recommendation=r1&before=i1%0Ai2%0Ai3",
                        signIn(),
                        root)
                .body();

        assertTrue(body.contains("click on i2: on disk after"), body);
        assertTrue(body.contains("▲ 1"), body);
        assertTrue(body.contains(">new<"), body);
    }

    @Test
    void erase_ofTheIdTypedTwice_showsTheReceipt_andOfTwoIdsNothing() throws Exception {
        String session = signIn();

        String refused =
                post("/console/data/erase", "user=u2&again=u3", session, root).body();
        String receipt =
                post("/console/data/erase", "user=u2&again=u2", session, root).body();

        assertTrue(refused.contains("Nobody was erased"), refused);
        assertTrue(receipt.contains("<b>u2</b> is erased since 2026-11-01 12:00:00 UTC"), receipt);
        assertTrue(receipt.contains("events in the log"), receipt);
        assertTrue(receipt.contains("models that were trained before"), receipt);
    }

    @Test
    void damageOfTheStore_isShownWithItsRemedy() throws Exception {
        String body = get("/console/tiles", signIn()).body();

        assertTrue(body.contains("The store is damaged. Delete the store."), body);
        assertTrue(body.contains("/data/store/0.log at byte &lt;7&gt;: torn"), body);
    }

    @Test
    void form_fromAnotherSite_isRefused() throws Exception {
        HttpResponse<String> answer =
                post("/console/models/promote", "version=bbbbbbbbbbbbbbbbbbbb", signIn(), "http://evil.example");

        assertEquals(403, answer.statusCode());
    }

    @Test
    void import_withABadLine_namesIt() throws Exception {
        String body = post("/console/data/events", "lines=%7B%7D%0A%7B%7D", signIn(), root)
                .body();

        assertTrue(
                body.contains("&#39;dance&#39; is not an action") || body.contains("'dance' is not an action"), body);
    }

    @Test
    void promote_ofAnotherVersion_makesItLive() throws Exception {
        String session = signIn();

        post("/console/models/promote", "version=bbbbbbbbbbbbbbbbbbbb", session, root);

        assertTrue(get("/console/tiles", session).body().contains("bbbbbbbbbbbb"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/console/assets/console.css",
                "/console/assets/console.js",
                "/console/assets/htmx.org/2.0.10/dist/htmx.min.js",
                "/console/assets/uplot/1.6.30/dist/uPlot.iife.min.js",
                "/console/assets/uplot/1.6.30/dist/uPlot.min.css"
            })
    void asset_ofEveryPage_isServed(String path) throws Exception {
        assertEquals(200, get(path, "").statusCode());
    }

    private String signIn() throws Exception {
        HttpResponse<String> answer = post("/console/sign-in", "key=" + FakeApi.KEY, "", root);
        assertEquals(303, answer.statusCode(), answer::body);
        return answer.headers().firstValue("set-cookie").orElseThrow().split(";", 2)[0];
    }

    private HttpResponse<String> get(String path, String cookie) throws IOException, InterruptedException {
        return http.send(request(path, cookie).GET().build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String path, String form, String cookie, String origin)
            throws IOException, InterruptedException {
        return http.send(
                request(path, cookie)
                        .header("content-type", "application/x-www-form-urlencoded")
                        .header("origin", origin)
                        .POST(HttpRequest.BodyPublishers.ofString(form))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path, String cookie) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(root + path)).timeout(Duration.ofSeconds(10));
        return cookie.isEmpty() ? request : request.header("cookie", cookie);
    }
}
