package dev.millrace.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.util.Map;

class FloatMapTest {
    @Test
    void copyOf_anyMap_equalsIt() {
        Map<String, Float> map = Map.of("model", 0.5f, "boost", -1f, "freshness", 0f);
        FloatMap copy = FloatMap.copyOf(map);
        assertEquals(map, copy);
        assertEquals(copy, map);
        assertEquals(map.hashCode(), copy.hashCode());
        assertEquals(-1f, copy.get("boost"));
        assertNull(copy.get("clicks"));
        assertSame(copy, FloatMap.copyOf(copy));
    }

    @Test
    void of_arraysOfDifferentLengths_refuses() {
        assertThrows(IllegalArgumentException.class, () -> FloatMap.of(new String[] {"a"}, new float[0]));
    }

    @Test
    void put_always_refuses() {
        FloatMap map = FloatMap.of(new String[] {"a"}, new float[] {1});
        assertThrows(UnsupportedOperationException.class, () -> map.put("a", 2f));
        assertThrows(UnsupportedOperationException.class, map::clear);
    }
}
