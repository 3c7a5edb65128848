package dev.millrace.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.linecorp.armeria.common.ShuttingDownException;
import dev.millrace.wire.Problem;
import org.junit.jupiter.api.Test;

import java.util.concurrent.CompletionException;

class ProblemsTest {
    /** Callers that kept asking until the end of a drain were told of a defect. */
    @Test
    void of_whatIsUnderWayWhenTheServerEnds_isUnavailableNotADefect() {
        Problem problem = Problems.of(new CompletionException(ShuttingDownException.get()), "/v1/recommend", "t");
        assertEquals(503, problem.status());
        assertEquals("UNAVAILABLE", problem.code());
    }

    @Test
    void of_anythingUnexpected_isADefect() {
        assertEquals(
                500, Problems.of(new IllegalStateException("x"), null, null).status());
    }
}
