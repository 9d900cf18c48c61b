package io.chaosproxy.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the table says about an option is what reading and the constructor make of it. */
@Tag("fast")
final class OptionSchemasTest {
    private static Options read(Map<String, Object> fields) {
        Map<String, Object> proxy = new HashMap<>(fields);
        proxy.put("protocol", "http");
        proxy.put("listen", "127.0.0.1:0");
        proxy.put("upstream", "a:1");
        return ConfigReader.proxy("x", ConfigFactory.parseMap(proxy)).options();
    }

    @Test
    void samplesAreTheDefaults() {
        Map<String, Object> samples = new HashMap<>();
        OptionSchemas.abouts().stream()
                .filter(about -> about.presence() == FieldSchema.Presence.DEFAULTED)
                .forEach(about -> samples.put(about.key(), about.sample()));
        OptionSchemas.httpAbouts().forEach(about -> samples.put("http." + about.key(), about.sample()));
        assertEquals(11, samples.size());
        assertEquals(Options.DEFAULTS, read(samples));
    }

    @ParameterizedTest
    @CsvSource({
        "max-connections, 1, '', 0, ''",
        "connect-timeout, 1ms, '', 999us, ''",
        "max-head, 1KiB, 16MiB, 1023, 16777217",
        "backlog, 1, '', 0, ''"
    })
    void boundsAreThoseOfTheConstructor(String key, String min, String max, String below, String above) {
        FieldSchema.About about = OptionSchemas.abouts().stream()
                .filter(each -> each.key().equals(key))
                .findFirst()
                .orElseThrow();
        assertEquals(min, String.valueOf(about.min().orElse("")));
        assertEquals(max, String.valueOf(about.max().orElse("")));
        for (String value : List.of(min, max)) {
            if (!value.isEmpty()) {
                read(Map.of(key, value));
            }
        }
        for (String value : List.of(below, above)) {
            if (!value.isEmpty()) {
                InvalidConfigException refused =
                        assertThrows(InvalidConfigException.class, () -> read(Map.of(key, value)));
                assertEquals("proxies.x." + key, refused.errors().getFirst().path());
            }
        }
    }

    @Test
    void keysOfTheShortFormAreRead() {
        for (FieldSchema.About about : ShortForm.ABOUTS) {
            try {
                read(Map.of(about.key(), about.sample()));
            } catch (InvalidConfigException e) { // it may need others beside it
                assertTrue(e.errors().stream().allMatch(error -> error.message().startsWith("needs ")), e.getMessage());
            }
        }
    }
}
