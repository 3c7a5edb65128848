package dev.millrace.training.online;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class SlateLabelTest {
    private static final String MODEL = "0123456789abcdef0123";
    private static final String RANKER = "99999999999999999999";

    @Test
    void parse_everyFormOfLabel_tellsDeltaAndRanker() {
        assertEquals(new SlateLabel(MODEL, ""), SlateLabel.parse(MODEL));
        assertEquals(new SlateLabel(MODEL + "+7", ""), SlateLabel.parse(MODEL + "+7"));
        assertEquals(new SlateLabel(MODEL, RANKER), SlateLabel.parse(MODEL + "+" + RANKER));
        assertEquals(new SlateLabel(MODEL + "+7", RANKER), SlateLabel.parse(MODEL + "+7+" + RANKER));
        assertEquals(new SlateLabel("", ""), SlateLabel.parse(""));
    }
}
