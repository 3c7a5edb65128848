package dev.millrace.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.models.delta.LogOdds;
import org.junit.jupiter.api.Test;

class LogOddsTest {
    @Test
    void shift_andBack_isTheSame() {
        assertEquals(0.5, LogOdds.shifted(LogOdds.shifted(0.5, 1.3), -1.3), 1e-12);
        assertEquals(
                Math.log(0.2 / 0.8) + 0.4, Math.log(LogOdds.shifted(0.2, 0.4) / (1 - LogOdds.shifted(0.2, 0.4))), 1e-9);
        assertEquals(0, LogOdds.shifted(0, 1.5));
        assertEquals(1, LogOdds.shifted(1, -1.5));
    }

    /** Of neighbours the smaller stays the smaller, or both become one. */
    @Test
    void shift_ofNeighbours_keepsTheirOrder() {
        for (float offset : new float[] {-1.5f, -0.1f, 0.001f, 0.7f, 1.5f}) {
            for (float from : new float[] {1e-6f, 0.01f, 0.25f, 0.5f, 0.9f, 0.999f}) {
                float[] neighbours = new float[200];
                neighbours[0] = from;
                for (int i = 1; i < neighbours.length; i++) {
                    neighbours[i] = Math.nextUp(neighbours[i - 1]);
                }
                LogOdds.shift(neighbours, neighbours.length, offset);
                for (int i = 1; i < neighbours.length; i++) {
                    assertTrue(neighbours[i - 1] <= neighbours[i], offset + " at " + from + " + " + i);
                }
            }
        }
    }
}
