package dev.millrace.benchmarks.load;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;

/**
 * One keep-alive HTTP/1.1 connection to a loopback port that costs the measured machine as little as it can.
 *
 * <p>It understands what Millrace answers: a status line, a {@code content-length}, a body. Owned by one thread.
 */
final class HttpConnection implements AutoCloseable {
    private static final int MAX_HEADER_LINE = 8192;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final byte[] line = new byte[MAX_HEADER_LINE];
    private byte[] body = new byte[64 << 10];
    private int bodyLength;

    HttpConnection(int port, Duration timeout) throws IOException {
        socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.setSoTimeout((int) timeout.toMillis());
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), (int) timeout.toMillis());
        in = new BufferedInputStream(socket.getInputStream(), 32 << 10);
        out = socket.getOutputStream();
    }

    /** Sends the request, reads the whole answer and returns its status. */
    int exchange(byte[] request) throws IOException {
        out.write(request);
        out.flush();
        int status = parseStatus(readLine());
        int length = readContentLength();
        if (length > body.length) {
            body = new byte[Math.max(length, 2 * body.length)];
        }
        bodyLength = in.readNBytes(body, 0, length);
        if (bodyLength < length) {
            throw new EOFException("the answer's body ended after " + bodyLength + " of " + length + " bytes");
        }
        return status;
    }

    /** Whether the last answer's body contains the bytes. */
    boolean bodyContains(byte[] wanted) {
        for (int start = 0; start <= bodyLength - wanted.length; start++) {
            int matched = 0;
            while (matched < wanted.length && body[start + matched] == wanted[matched]) {
                matched++;
            }
            if (matched == wanted.length) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private static int parseStatus(String statusLine) throws IOException {
        if (statusLine.length() < 12 || !statusLine.startsWith("HTTP/1.")) {
            throw new IOException("not an HTTP/1.x status line: " + statusLine);
        }
        return Integer.parseInt(statusLine, 9, 12, 10);
    }

    private int readContentLength() throws IOException {
        int length = -1;
        for (String header = readLine(); !header.isEmpty(); header = readLine()) {
            if (header.regionMatches(true, 0, "content-length:", 0, 15)) {
                length = Integer.parseInt(header.substring(15).strip());
            }
        }
        if (length < 0) {
            throw new IOException("the answer has no content-length");
        }
        return length;
    }

    private String readLine() throws IOException {
        int length = 0;
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("the server closed the connection");
            }
            if (length == MAX_HEADER_LINE) {
                throw new IOException("a header line is longer than " + MAX_HEADER_LINE + " bytes");
            }
            line[length++] = (byte) next;
        }
        return new String(line, 0, length > 0 && line[length - 1] == '\r' ? length - 1 : length, ISO_8859_1);
    }
}
