package dev.millrace.models.ranker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

class RankerSignatureTest {
    @Test
    void text_ofEveryForm_isReadAndWrittenAgain() {
        RankerSignature signature = RankerSignature.parse(
                " features : float[64] , grid:FP64[2, 3],topic:int64 -> score:float,heads:uint8[2]");

        assertEquals(
                "features:float[64],grid:double[2,3],topic:int64->score:float,heads:uint8[2]", signature.toString());
        assertEquals(signature, RankerSignature.parse(signature.toString()));
        RankerSignature.Port grid = signature.inputs().get(1);
        assertEquals(PortType.FP64, grid.type());
        assertEquals(List.of(2, 3), grid.row());
        assertEquals(48, grid.rowBytes());
        assertArrayEquals(new long[] {7, 2, 3}, grid.shape(7));
        assertArrayEquals(new long[] {7}, signature.inputs().get(2).shape(7));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "x:float                  | has no single '->'",
                "x:float->y:float->z:int8 | has no single '->'",
                "->y:float                | cannot be read",
                "x:float->                | cannot be read",
                "x->y:float               | cannot be read",
                "x:float[a]->y:float      | cannot be read",
                "x:float[1,]->y:float     | has the axis ''",
                "x:float[]->y:float       | cannot be read",
                "x:half->y:float          | has the type 'half'",
                "x:float[0]->y:float      | has rows of [0]",
                "x:float[1024,1025]->y:float | together at most 1048576",
                "x:float[99999999999]->y:float | has the axis '99999999999'",
                "x:float,x:int8->y:float  | names 'x' twice",
            })
    void text_thatIsWrong_isRefusedWithTheReason(String text, String reason) {
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> RankerSignature.parse(text));
        assertTrue(refused.toString().contains(reason), refused.getMessage());
    }
}
