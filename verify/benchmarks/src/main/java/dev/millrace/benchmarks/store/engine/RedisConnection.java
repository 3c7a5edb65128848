package dev.millrace.benchmarks.store.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.locks.LockSupport;

/** A connection that speaks as much of the Redis protocol as the benchmark needs. Owned by one thread. */
final class RedisConnection implements AutoCloseable {
    private static final byte[] CRLF = "\r\n".getBytes(US_ASCII);
    private static final byte[] KEY_HEAD = "$8\r\n".getBytes(US_ASCII);
    private static final byte[] PING = "*1\r\n$4\r\nPING\r\n".getBytes(US_ASCII);
    private static final int BUFFER_BYTES = 1 << 20;

    private final SocketChannel channel;
    private final int rowBytes;
    private final byte[] rowHead;
    private final ByteBuffer out = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final ByteBuffer in = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final MemorySegment outBytes = MemorySegment.ofBuffer(out.duplicate());
    private final MemorySegment inBytes = MemorySegment.ofBuffer(in.duplicate());

    RedisConnection(SocketChannel channel, int rowBytes) {
        this.channel = channel;
        this.rowBytes = rowBytes;
        rowHead = ("$" + rowBytes + "\r\n").getBytes(US_ASCII);
        in.limit(0);
    }

    /** @return how many keys have a row; the others' places are zeroed */
    int get(long[] keys, int count, MemorySegment into) throws IOException {
        out.clear();
        out.put(("*" + (count + 1) + "\r\n$4\r\nMGET\r\n").getBytes(US_ASCII));
        for (int i = 0; i < count; i++) {
            putKey(keys[i]);
        }
        flush();
        expect('*', count);
        int hits = 0;
        for (int i = 0; i < count; i++) {
            hits += takeRow(into, (long) i * rowBytes);
        }
        return hits;
    }

    void set(long[] keys, int count, MemorySegment rows) throws IOException {
        out.clear();
        out.put(("*" + (2 * count + 1) + "\r\n$4\r\nMSET\r\n").getBytes(US_ASCII));
        for (int i = 0; i < count; i++) {
            putKey(keys[i]);
            putRow(rows, (long) i * rowBytes);
        }
        flush();
        expectOk();
    }

    /** Waits until the server has read its file, which it does after it listens. */
    void awaitLoaded() throws IOException {
        while (true) {
            out.clear();
            out.put(PING);
            flush();
            String answer = line();
            if (answer.equals("+PONG")) {
                return;
            }
            if (!answer.startsWith("-LOADING")) {
                throw new IOException("redis-server answered '" + answer + "' to PING");
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private void putKey(long key) throws IOException {
        reserve(KEY_HEAD.length + Long.BYTES + CRLF.length);
        out.put(KEY_HEAD).putLong(key).put(CRLF);
    }

    private void putRow(MemorySegment rows, long offset) throws IOException {
        reserve(rowHead.length + rowBytes + CRLF.length);
        out.put(rowHead);
        MemorySegment.copy(rows, offset, outBytes, out.position(), rowBytes);
        out.position(out.position() + rowBytes).put(CRLF);
    }

    private void reserve(int bytes) throws IOException {
        if (out.remaining() < bytes) {
            flush();
            out.clear();
        }
    }

    private void flush() throws IOException {
        out.flip();
        while (out.hasRemaining()) {
            channel.write(out);
        }
    }

    private int takeRow(MemorySegment into, long offset) throws IOException {
        if (number('$') < 0) {
            into.asSlice(offset, rowBytes).fill((byte) 0);
            return 0;
        }
        require(rowBytes + CRLF.length);
        MemorySegment.copy(inBytes, in.position(), into, offset, rowBytes);
        in.position(in.position() + rowBytes + CRLF.length);
        return 1;
    }

    private void expect(char kind, int count) throws IOException {
        int said = number(kind);
        if (said != count) {
            throw new IOException("redis-server answered with " + said + " values instead of " + count);
        }
    }

    private void expectOk() throws IOException {
        String answer = line();
        if (!answer.equals("+OK")) {
            throw new IOException("redis-server answered '" + answer + "'");
        }
    }

    /** Reads {@code $256\r\n} and the like; without garbage, as a row costs one. */
    private int number(char kind) throws IOException {
        byte first = next();
        if (first != kind) {
            in.position(in.position() - 1);
            throw new IOException("redis-server answered '" + line() + "'");
        }
        int value = 0;
        boolean negative = false;
        for (byte c = next(); c != '\r'; c = next()) {
            negative |= c == '-';
            value = c == '-' ? value : value * 10 + (c - '0');
        }
        next();
        return negative ? -value : value;
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (byte c = next(); c != '\r'; c = next()) {
            line.append((char) c);
        }
        next();
        return line.toString();
    }

    private byte next() throws IOException {
        require(1);
        return in.get();
    }

    private void require(int bytes) throws IOException {
        if (in.remaining() >= bytes) {
            return;
        }
        in.compact();
        while (in.position() < bytes) {
            if (channel.read(in) < 0) {
                in.flip();
                throw new EOFException("redis-server closed the connection; see its log");
            }
        }
        in.flip();
    }
}
