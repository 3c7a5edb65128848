package dev.millrace.benchmarks.load;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

/** Requests as the bytes that go over the wire. */
public final class HttpRequests {
    private HttpRequests() {}

    /** The bytes of a POST request with a JSON body, ready to be sent many times. */
    public static byte[] post(String path, String apiKey, String json) {
        byte[] content = json.getBytes(UTF_8);
        byte[] head = ("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: " + apiKey
                        + "\r\nContent-Type: application/json\r\nContent-Length: " + content.length + "\r\n\r\n")
                .getBytes(ISO_8859_1);
        byte[] request = new byte[head.length + content.length];
        System.arraycopy(head, 0, request, 0, head.length);
        System.arraycopy(content, 0, request, head.length, content.length);
        return request;
    }
}
