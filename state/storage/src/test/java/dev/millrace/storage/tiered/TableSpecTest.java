package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.time.Duration;

class TableSpecTest {
    @Test
    void decode_ofWhatEarlierProgramsWrote_isATableOfRowsOfOneSize() {
        TableSpec expected =
                new TableSpec("items@7", 256, 1_000, Placement.PINNED, Precision.INT8, 5_000, Duration.ofSeconds(60));
        String text = "items@7 256 1000 PINNED INT8 5000 PT1M";
        assertEquals(expected, TableSpec.decode(text));
        assertEquals(text, expected.encode());
    }

    @Test
    void decode_ofEncoded_isTheSame() {
        TableSpec values = TableSpec.values("values", 65_536, 1_000, 1 << 20).withTtl(Duration.ofDays(3));
        assertEquals("values 0-65536 1000 TIERED EXACT 1048576 PT72H", values.encode());
        assertEquals(values, TableSpec.decode(values.encode()));
    }

    @Test
    void spec_ofWhatCannotBe_isRefused() {
        TableSpec values = TableSpec.values("values", 64, 10, 1 << 20);
        assertThrows(IllegalArgumentException.class, () -> values.withPrecision(Precision.INT8));
        assertThrows(IllegalArgumentException.class, () -> TableSpec.values("values", 0, 10, 1 << 20));
        IllegalArgumentException tooLong = assertThrows(
                IllegalArgumentException.class, () -> TableSpec.values("values", (1 << 20) + 1, 10, 1 << 20));
        assertTrue(tooLong.getMessage().contains("1048576"), tooLong.getMessage());
        assertThrows(IllegalArgumentException.class, () -> TableSpec.decode("values 0-x 10 TIERED EXACT 5 PT0S"));
    }
}
