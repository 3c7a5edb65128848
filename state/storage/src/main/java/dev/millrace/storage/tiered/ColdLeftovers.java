package dev.millrace.storage.tiered;

import dev.millrace.storage.cold.ColdName;
import dev.millrace.storage.cold.ColdStore;
import dev.millrace.storage.cold.ColdStoreException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * The objects that stores which are no more left in a cold tier: a file of their names, those alone that the stores had noted as their
 * own. Used by the thread that opens the store in their stead.
 */
public final class ColdLeftovers {
    private static final Logger log = LoggerFactory.getLogger(ColdLeftovers.class);

    private final Path directory;

    /** @param directory of the file, made where there is something to note */
    public ColdLeftovers(Path directory) {
        this.directory = directory;
    }

    /** Notes the objects of a store that is about to be deleted; to do so twice is the same as once. */
    public void note(Path store) throws IOException {
        List<String> names = ColdPuts.read(store);
        if (names.isEmpty()) {
            return;
        }
        Files.createDirectories(directory);
        // A crash that cut off the last line leaves it apart from the first that comes.
        Files.writeString(
                directory.resolve(ColdPuts.FILE),
                "\n" + String.join("\n", names) + "\n",
                StandardCharsets.ISO_8859_1,
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND,
                StandardOpenOption.DSYNC);
    }

    /** Deletes what is noted; what cannot be deleted now stays noted, for the next start. */
    public void delete(ColdStore cold) throws IOException {
        List<String> names = new ArrayList<>(ColdPuts.read(directory));
        if (names.isEmpty()) {
            return;
        }
        try {
            for (String name : names) {
                cold.delete(new ColdName(name));
            }
        } catch (ColdStoreException e) {
            log.warn(
                    "{} objects of stores that are no more stay in the cold tier until the next start: {}",
                    names.size(),
                    e.getMessage());
            return;
        }
        Files.delete(directory.resolve(ColdPuts.FILE));
        Files.delete(directory);
        log.info("{} objects of stores that are no more were deleted from the cold tier", names.size());
    }
}
