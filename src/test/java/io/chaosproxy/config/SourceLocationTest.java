package io.chaosproxy.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigValue;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
final class SourceLocationTest {
    private static Config parse(String file, String text) {
        return ConfigFactory.parseString(text, ConfigParseOptions.defaults().setOriginDescription(file));
    }

    private static String placeOf(ConfigValue value) {
        return SourceLocation.of(value).toString();
    }

    @Test
    void aValueIsWhereItBegins() {
        Config config = parse("a.conf", "x = 1\ny {\n  z = 2\n}\n");
        assertEquals("a.conf:1", placeOf(config.getValue("x")));
        assertEquals("a.conf:3", placeOf(config.getValue("y.z")));
        assertEquals("a.conf:2", placeOf(config.getValue("y")));
    }

    @Test
    void anOriginWithoutLinesIsItsName() {
        SourceLocation place = SourceLocation.of(ConfigOriginFactory.newSimple("env variables"));
        assertEquals(new SourceLocation("env variables", 0), place);
        assertEquals("env variables", place.toString());
    }

    @Test
    void placesAreInTheOrderOfFilesAndLines() {
        assertEquals(
                List.of("a.conf", "a.conf:2", "a.conf:10", "b.conf:1"),
                Stream.of(
                                new SourceLocation("b.conf", 1),
                                new SourceLocation("a.conf", 10),
                                new SourceLocation("a.conf", 2),
                                new SourceLocation("a.conf", 0))
                        .sorted()
                        .map(SourceLocation::toString)
                        .toList());
    }
}
