package io.chaosproxy.control.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValueFactory;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
final class JsonWriterTest {
    private static final Map<String, Object> SAMPLE = Map.of(
            "text", "a\"b\\c\n\t\r\b\f\u0001\u001f/<é😀",
            "list", Arrays.asList(1, -2L, 0.5, 1000.0, true, null),
            "empty", Map.of("none", List.of()),
            "B", "",
            "a.b", "dotted");

    @Test
    void sortedJsonIsThatOfTheConfigurationLibrary() {
        assertEquals(
                ConfigValueFactory.fromAnyRef(SAMPLE).render(ConfigRenderOptions.concise()),
                JsonWriter.SORTED.write(SAMPLE));
    }

    @Test
    void likeGoKeepsTheOrderAndIsSafeInHtml() {
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("z", "<a>&\u2028");
        value.put("a", new BigDecimal("0.0000001"));
        assertEquals("{\"z\":\"\\u003ca\\u003e\\u0026\\u2028\",\"a\":0.0000001}", JsonWriter.LIKE_GO.write(value));
    }

    @Test
    void charactersThatChangeATerminalAreEscaped() {
        assertEquals("\"\\u202E\\uD800\\u007F\"", JsonWriter.SORTED.write("\u202e\ud800\u007f"));
    }

    @Test
    void otherTypesAreRejected() {
        assertThrows(IllegalArgumentException.class, () -> JsonWriter.SORTED.write(Instant.EPOCH));
    }

    /** The generator hands text on in blocks, at whose borders a pair of surrogates may be. */
    @Test
    void longTextStaysAsItIs() {
        for (int shift = 0; shift < 4; shift++) {
            String text = "a".repeat(shift) + "\uD83D\uDE00".repeat(5000);
            assertEquals('"' + text + '"', JsonWriter.SORTED.write(text));
        }
    }

    @Test
    void whatASupplierGivesIsWritten() {
        assertEquals("[{\"a\":1}]", JsonWriter.SORTED.write(List.of((Supplier<?>) () -> Map.of("a", 1))));
    }
}
