package dev.millrace.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * The console in a real browser: scripts run, charts are drawn, a click changes the slate.
 *
 * <p>Needs Debian's {@code chromium} and {@code chromium-driver}; skipped with a message where they are missing. Leaves
 * pictures of every page in {@code target/screenshots}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConsoleBrowserTest {
    private static final Path BROWSER = Path.of("/usr/bin/chromium");
    private static final Path DRIVER = Path.of("/usr/bin/chromedriver");
    private static final Path SCREENSHOTS = Path.of("target/screenshots");
    private static final Dimension DESKTOP = new Dimension(1280, 1000);
    private static final Dimension PHONE = new Dimension(390, 844);

    private final Console console = new Console();
    private Server server;
    private ChromeDriver browser;
    private Path profile;
    private String root;

    @BeforeAll
    void start() throws IOException {
        assumeTrue(
                Files.isExecutable(BROWSER) && Files.isExecutable(DRIVER),
                "SKIPPED: the console's browser tests need " + BROWSER + " and " + DRIVER
                        + " (apt-get install chromium chromium-driver)");
        ServerBuilder builder = Server.builder().http(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        new FakeApi().mount(builder);
        console.mount(builder);
        server = builder.build();
        server.start().join();
        root = "http://127.0.0.1:" + server.activeLocalPort();
        profile = Files.createTempDirectory("millrace-browser");
        browser = new ChromeDriver(
                new ChromeDriverService.Builder()
                        .usingDriverExecutable(DRIVER.toFile())
                        .build(),
                options(profile));
        Files.createDirectories(SCREENSHOTS);
        browser.get(root + console.entryPath(FakeApi.KEY));
    }

    @AfterAll
    void stop() throws IOException {
        if (browser != null) {
            browser.quit();
            try (Stream<Path> files = Files.walk(profile)) {
                files.sorted(java.util.Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
            console.close();
            server.stop().join();
        }
    }

    @Test
    void overview_inABrowser_drawsEveryChart() throws IOException {
        browser.get(root + "/console");

        await(
                "five charts",
                () -> browser.findElements(By.cssSelector("[data-chart] canvas"))
                                .size()
                        == 5);
        await("the tiles", () -> browser.getPageSource().contains("1 h 1 min"));
        photograph("overview");
        assertQuiet();
    }

    @Test
    void tryIt_clickOnAnItem_changesTheSlate() throws IOException {
        browser.get(root + "/console/try");
        await(
                "the slate",
                () -> !browser.findElements(By.cssSelector(".slate li")).isEmpty());
        photograph("try");
        String first = firstRank();

        List<WebElement> buttons = browser.findElements(By.cssSelector(".slate button[value=click]"));
        buttons.get(1).click();

        await("the note", () -> browser.getPageSource().contains("on disk after"));
        assertTrue(!firstRank().equals(first), () -> "the slate still begins with " + first);
        photograph("try-after-click");
        assertQuiet();
    }

    @Test
    void models_inABrowser_showsCurvesAndLineage() throws IOException {
        browser.get(root + "/console/models");

        await(
                "two curves",
                () -> browser.findElements(By.cssSelector("[data-chart] canvas"))
                                .size()
                        == 2);
        await("the training", () -> browser.getPageSource().contains("epoch 3"));
        photograph("models");
        assertQuiet();
    }

    @Test
    void data_importWithABadLine_namesIt() throws IOException {
        browser.get(root + "/console/data");
        await("the items", () -> browser.getPageSource().contains("drama, war"));

        browser.findElement(By.name("lines")).sendKeys("{}");
        browser.findElement(By.cssSelector("form[hx-post='/console/data/events'] button"))
                .click();

        await("the reject", () -> browser.getPageSource().contains("is not an action"));
        photograph("data");
        assertQuiet();
    }

    private String firstRank() {
        return browser.findElement(By.cssSelector(".slate li .title")).getText();
    }

    /** Takes the page on a desk by day, and on a phone in the dark, where nothing may stick out sideways. */
    private void photograph(String name) throws IOException {
        browser.manage().window().setSize(DESKTOP);
        Files.write(SCREENSHOTS.resolve(name + ".png"), browser.getScreenshotAs(OutputType.BYTES));
        browser.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", PHONE.width, "height", PHONE.height, "deviceScaleFactor", 2, "mobile", true));
        browser.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", "dark"))));
        Files.write(SCREENSHOTS.resolve(name + "-phone-dark.png"), browser.getScreenshotAs(OutputType.BYTES));
        Object overflow = browser.executeScript(
                "return document.documentElement.scrollWidth - document.documentElement.clientWidth");
        browser.executeCdpCommand("Emulation.clearDeviceMetricsOverride", Map.of());
        browser.executeCdpCommand("Emulation.setEmulatedMedia", Map.of("features", List.of()));
        assertEquals(0L, overflow, name + " is wider than a phone");
    }

    /** No script error, no refused resource. */
    private void assertQuiet() {
        List<String> errors = browser.manage().logs().get(LogType.BROWSER).getAll().stream()
                .map(LogEntry::getMessage)
                .toList();
        assertEquals(List.of(), errors);
    }

    private static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, () -> what + " did not appear within 10 s");
            java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
        }
    }

    private static ChromeOptions options(Path profile) {
        ChromeOptions options = new ChromeOptions();
        options.setBinary(BROWSER.toFile());
        options.addArguments(
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--disable-dev-shm-usage",
                "--user-data-dir=" + profile);
        return options;
    }
}
