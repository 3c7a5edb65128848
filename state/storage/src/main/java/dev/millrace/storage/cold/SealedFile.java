package dev.millrace.storage.cold;

import dev.millrace.runtime.Deadline;
import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.disk.DiskFile;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A sealed object, in a file or in a store, that is verified as a whole. Stateless. */
public final class SealedFile {
    /** Holds the table of a gigabyte in blocks of 64 KB, so that most footers come with one read. */
    private static final int TAIL_BYTES = 64 << 10;

    private SealedFile() {}

    /** Gives bytes of an object by their place. */
    @FunctionalInterface
    private interface Bytes {
        byte[] read(long offset, int length) throws IOException;
    }

    /**
     * Reads all of a file and compares each checksum.
     *
     * @return the trailer: equal for files with equal content in blocks of equal size
     * @throws ColdStoreException {@code DAMAGED} with the first block that is not as it was sealed
     */
    public static byte[] verify(Path path) throws ColdStoreException {
        try (DiskFile file = Disk.local().openReadOnly(path)) {
            Bytes bytes = (offset, length) -> read(file, offset, length);
            ColdFooter footer = footer(bytes, file.size());
            List<Integer> damaged = damagedBlocks(bytes, footer);
            if (!damaged.isEmpty()) {
                throw damaged(path.toString(), "block " + damaged.getFirst() + " has a wrong checksum");
            }
            return footer.trailer();
        } catch (ColdStoreException e) {
            throw new ColdStoreException(e.reason(), path + " is no whole sealed object: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new ColdStoreException(ColdStoreException.Reason.UNAVAILABLE, "cannot read " + path + ": " + e, e);
        }
    }

    /**
     * Reads all of an object in a store and names the blocks, from 0, that are not as they were sealed.
     *
     * @throws ColdStoreException also {@code DAMAGED}, when the footer itself is
     */
    public static List<Integer> damagedBlocks(ColdStore store, ColdName name, Deadline deadline)
            throws ColdStoreException {
        Bytes bytes = bytesOf(store, name, deadline);
        try {
            return damagedBlocks(bytes, footer(bytes, store.size(name, deadline)));
        } catch (ColdStoreException e) {
            throw e;
        } catch (IOException e) {
            throw new ColdStoreException(ColdStoreException.Reason.UNAVAILABLE, "cannot read " + name + ": " + e, e);
        }
    }

    /**
     * Writes the content of an object in a store to the beginning of a file, each block compared with its checksum.
     *
     * @return how many bytes of content there are
     */
    public static long copyContent(ColdStore store, ColdName name, DiskFile into, Deadline deadline)
            throws IOException {
        Bytes bytes = bytesOf(store, name, deadline);
        ColdFooter footer = footer(bytes, store.size(name, deadline));
        for (int block = 0; block < footer.blocks(); block++) {
            long offset = (long) block * footer.blockBytes();
            byte[] content = bytes.read(offset, footer.lengthOf(block));
            if (!footer.isWhole(block, content)) {
                throw damaged(name.toString(), "block " + block + " has a wrong checksum");
            }
            into.write(ByteBuffer.wrap(content), offset);
        }
        return footer.contentBytes();
    }

    /** The end of an object in a store, read with as few requests as it takes. */
    static ColdFooter footer(ColdStore store, ColdName name, Deadline deadline) throws ColdStoreException {
        try {
            return footer(bytesOf(store, name, deadline), store.size(name, deadline));
        } catch (ColdStoreException e) {
            throw e;
        } catch (IOException e) {
            throw new ColdStoreException(ColdStoreException.Reason.UNAVAILABLE, "cannot read " + name + ": " + e, e);
        }
    }

    private static ColdFooter footer(Bytes bytes, long size) throws IOException {
        int length = (int) Math.min(size, TAIL_BYTES);
        byte[] tail = bytes.read(size - length, length);
        int footer = (int) ColdFooter.footerBytes(tail, size);
        if (footer > length) {
            return ColdFooter.parse(bytes.read(size - footer, footer));
        }
        return ColdFooter.parse(Arrays.copyOfRange(tail, length - footer, length));
    }

    private static List<Integer> damagedBlocks(Bytes bytes, ColdFooter footer) throws IOException {
        MessageDigest digest = ColdObjectWriter.sha256();
        List<Integer> damaged = new ArrayList<>();
        for (int block = 0; block < footer.blocks(); block++) {
            byte[] content = bytes.read((long) block * footer.blockBytes(), footer.lengthOf(block));
            digest.update(content);
            if (!footer.isWhole(block, content)) {
                damaged.add(block);
            }
        }
        byte[] expected = Arrays.copyOfRange(
                footer.trailer(),
                ColdObjectFormat.DIGEST_AT,
                ColdObjectFormat.DIGEST_AT + ColdObjectFormat.DIGEST_BYTES);
        if (damaged.isEmpty() && !Arrays.equals(expected, digest.digest())) {
            throw damaged("the object", "its content has another SHA-256 than it was sealed with");
        }
        return damaged;
    }

    private static Bytes bytesOf(ColdStore store, ColdName name, Deadline deadline) {
        return (offset, length) -> {
            byte[] bytes = new byte[length];
            store.read(name, offset, length, MemorySegment.ofArray(bytes), deadline);
            return bytes;
        };
    }

    private static byte[] read(DiskFile file, long offset, int length) throws IOException {
        byte[] bytes = new byte[length];
        if (file.read(ByteBuffer.wrap(bytes), offset) < length) {
            throw damaged("the file", "it ended while it was read");
        }
        return bytes;
    }

    private static ColdStoreException damaged(String what, String how) {
        return new ColdStoreException(ColdStoreException.Reason.DAMAGED, what + ": " + how);
    }
}
