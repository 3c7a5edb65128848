package dev.millrace.models;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** File steps that a bundle's promise rests on: digests of whole files, and directories forced to the disk. */
final class DurableFiles {
    private static final int PIECE_BYTES = 1 << 20;

    private DurableFiles() {}

    /** Copies a file's content to a new file and forces it to the disk; the copy has none of the source's permissions. */
    static void copy(Path source, Path target) throws IOException {
        try (InputStream in = Files.newInputStream(source);
                FileChannel out = FileChannel.open(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            in.transferTo(Channels.newOutputStream(out));
            out.force(true);
        }
    }

    /** Writes a new file and forces it to the disk. */
    static void write(Path file, byte[] content) throws IOException {
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.force(true);
        }
    }

    /** Forces a directory's entries to the disk: without it a crash may undo a creation or a rename. */
    static void forceDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Reads the whole file, piece by piece. */
    static BundleManifest.FileDigest digest(Path file) throws IOException {
        MessageDigest sha256 = sha256();
        ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES);
        long bytes = 0;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            while (channel.read(piece) >= 0) {
                piece.flip();
                bytes += piece.remaining();
                sha256.update(piece);
                piece.clear();
            }
        }
        return new BundleManifest.FileDigest(bytes, HexFormat.of().formatHex(sha256.digest()));
    }

    static String hexDigest(byte[] content) {
        return HexFormat.of().formatHex(sha256().digest(content));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
