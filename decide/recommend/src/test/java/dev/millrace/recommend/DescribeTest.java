package dev.millrace.recommend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

class DescribeTest {
    @Test
    void describe_eachScenario_isAsWrittenDown() throws IOException {
        try (TestWorld world = new TestWorld()) {
            RecommendPipeline pipeline = world.pipeline();
            for (String scenario : pipeline.scenarios()) {
                assertEquals(golden(scenario), pipeline.describe(scenario), scenario + ".txt holds another text");
            }
        }
    }

    private static String golden(String scenario) throws IOException {
        try (InputStream text = DescribeTest.class.getResourceAsStream("describe/" + scenario + ".txt")) {
            assertNotNull(text, scenario + ".txt is missing");
            return new String(text.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
