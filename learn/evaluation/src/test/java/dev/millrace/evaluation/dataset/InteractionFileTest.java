package dev.millrace.evaluation.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.ItemId;
import dev.millrace.model.MillraceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

class InteractionFileTest {
    @TempDir
    Path folder;

    @Test
    void read_unorderedLines_areSortedByTimeWithinEachUser() throws IOException {
        TimedSequences read = read("a.csv", "item,timestamp,rating,user\nx,30,5,ann\ny,10,4,bob\nz,20,1,ann\n");
        assertEquals(
                List.of(new ItemId("x"), new ItemId("y"), new ItemId("z")),
                read.dataset().vocabulary());
        assertArrayEquals(new int[][] {{2, 0}, {1}}, read.dataset().sequences());
        assertArrayEquals(new long[][] {{20, 30}, {10}}, read.times());
    }

    @Test
    void read_headersOfOtherTools_areUnderstood() throws IOException {
        assertEquals(
                1,
                read("a.inter", "user_id:token\titem_id:token\ttimestamp:float\n1\t2\t9e8\n")
                        .dataset()
                        .userCount());
        assertEquals(
                1,
                read("b.csv", "userId;movieId;time\n1;2;2026-01-31 12:00:00Z\n")
                        .dataset()
                        .userCount());
        assertEquals(
                List.of(new ItemId("a, b")),
                read("c.csv", "Session_ID,Item,TS\n1,\"a, b\",7\n").dataset().vocabulary());
    }

    @Test
    void read_asASpreadsheetWritesIt_isUnderstood() throws IOException {
        TimedSequences read = read(
                "sheet.csv",
                "\uFEFFDate;User ID;Product-ID\n2026-01-31 12:00:00;ann;x\n2026-01-30;ann;y\n2026-01-31T13:00:00+02:00;ann;z\n");
        assertEquals(
                List.of(new ItemId("x"), new ItemId("y"), new ItemId("z")),
                read.dataset().vocabulary());
        assertArrayEquals(new int[][] {{1, 2, 0}}, read.dataset().sequences());
        long noon = Instant.parse("2026-01-31T12:00:00Z").toEpochMilli();
        assertArrayEquals(
                new long[][] {{Instant.parse("2026-01-30T00:00:00Z").toEpochMilli(), noon - 3_600_000, noon}},
                read.times());
    }

    @Test
    void read_sameMoment_keepsTheOrderOfTheFile() throws IOException {
        TimedSequences read = read("a.csv", "user,item,time\nu,c,5\nu,a,5\nu,b,5\n");
        assertArrayEquals(new int[][] {{0, 1, 2}}, read.dataset().sequences());
    }

    @Test
    void read_folderWithOneSuchFile_findsIt() throws IOException {
        Files.writeString(folder.resolve("items.csv"), "id,title\n1,One\n");
        Files.writeString(folder.resolve("clicks.csv"), "user,item,timestamp\nu,i,1\n");
        assertEquals(1, InteractionFile.read(folder).dataset().itemCount());
        Files.writeString(folder.resolve("more.csv"), "user,item,timestamp\nu,i,1\n");
        MillraceException two = assertThrows(MillraceException.class, () -> InteractionFile.read(folder));
        assertTrue(String.valueOf(two.getMessage()).contains("clicks.csv, more.csv"), two.getMessage());
    }

    @Test
    void read_badLine_namesItsNumberAndValue() throws IOException {
        Path file = Files.writeString(folder.resolve("a.csv"), "user,item,timestamp\nu,i,1\nu,i,soon\n");
        MillraceException refused = assertThrows(MillraceException.class, () -> InteractionFile.read(file));
        assertTrue(String.valueOf(refused.getMessage()).contains("line 3: 'soon'"), refused.getMessage());
    }

    @Test
    void read_headerAlone_isRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("a.csv"), "user,item,timestamp\n");
        MillraceException refused = assertThrows(MillraceException.class, () -> InteractionFile.read(file));
        assertTrue(String.valueOf(refused.getMessage()).contains("no line below its header"), refused.getMessage());
    }

    @Test
    void read_noTimestamp_saysWhatIsExpected() throws IOException {
        Path file = Files.writeString(folder.resolve("a.csv"), "user,item\nu,i\n");
        MillraceException refused = assertThrows(MillraceException.class, () -> InteractionFile.read(file));
        assertEquals(ErrorCode.NOT_FOUND, refused.code());
        assertTrue(String.valueOf(refused.getMessage()).contains("user,item,timestamp"), refused.getMessage());
    }

    private TimedSequences read(String name, String text) throws IOException {
        return InteractionFile.read(Files.writeString(folder.resolve(name), text));
    }
}
