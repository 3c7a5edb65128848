package dev.millrace.storage.disk;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The local disk with files that are mapped as any file can be: it stands for persistent memory, which a machine that tests run on
 * does not have. Thread-safe.
 */
public final class PlainMappingDisk extends ForwardingDisk {
    private final List<Arena> arenas = new CopyOnWriteArrayList<>();
    private volatile boolean refusesFiles;

    /** From now on. */
    public void refuseFiles() {
        refusesFiles = true;
    }

    /** How many files have been mapped so far. */
    public int mapped() {
        return arenas.size();
    }

    /** How many of the mappings are there still. */
    public long alive() {
        return arenas.stream().filter(arena -> arena.scope().isAlive()).count();
    }

    @Override
    public String mappingRefusal(Path directory) {
        return "";
    }

    @Override
    public MemorySegment map(Path file, Arena arena) throws IOException {
        if (refusesFiles) {
            throw new IOException(file + " is not mapped by this test");
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            MemorySegment memory = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
            arenas.add(arena);
            return memory;
        }
    }
}
