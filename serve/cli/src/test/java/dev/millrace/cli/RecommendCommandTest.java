package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.wire.recommend.RecommendResponse.RankedItem;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What people read of an answer. */
class RecommendCommandTest {
    @Test
    void explainedItem_tellsWhatAddsUp_theLargestFirst_andWhatIsForetold() {
        Map<String, Float> parts = new LinkedHashMap<>();
        parts.put("popularity", 0.25f);
        parts.put("model", 1.5f);
        parts.put("fatigue", -0.5f);
        parts.put("boost", 0f);
        String text = printed(parts, Map.of("complaint", 0.0004f, "click", 0.031f));
        assertEquals("""
                  1  a                  1.2500  A title
                     Because
                     model +1.5000, fatigue -0.5000, popularity +0.2500
                     foretold: click 3.10 %, complaint 0.04 %
                """, text);
    }

    @Test
    void itemOfWhichNothingIsTold_isTwoLines() {
        assertEquals("""
                  1  a                  1.2500  A title
                     Because
                """, printed(null, null));
    }

    @Test
    void itemWithPartsOfNothing_saysSo() {
        assertEquals(
                "     nothing adds to the score",
                printed(Map.of("model", 0f), null).lines().skip(2).findFirst().orElseThrow());
    }

    private static String printed(@Nullable Map<String, Float> parts, @Nullable Map<String, Float> probabilities) {
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text);
        RecommendCommand.print(
                new RankedItem("a", 1, 1.25f, 1, List.of(), "Because", "A title", parts, probabilities), out);
        out.flush();
        return text.toString();
    }
}
