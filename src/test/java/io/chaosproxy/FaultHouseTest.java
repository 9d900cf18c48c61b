package io.chaosproxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import io.chaosproxy.kit.AllFaults;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Every fault has all that belongs to it. (Its decoder and encoder are looked for where they are.) */
@Tag("fast")
final class FaultHouseTest {
    @Test
    void everyFaultIsTestedShownAndExplained() throws IOException {
        Path example = Path.of("conf", "everything.conf");
        Set<String> shown =
                typesIn(ConfigFactory.parseFile(example.toFile()).root()).collect(Collectors.toSet());
        String readme = Files.readString(Path.of("README.md"));
        List<String> missing = new ArrayList<>();
        for (Class<?> fault : AllFaults.classes()) {
            String word = AllFaults.type(fault);
            if (!shown.contains(word)) {
                missing.add(example + " shows no rule of type = " + word);
            }
            if (!Pattern.compile("(?m)^\\| `" + word + "`.*`\\{ type = " + word + "\\b")
                    .matcher(readme)
                    .find()) {
                missing.add("README.md has no row \"| `" + word + "` | ... | `{ type = " + word + " ... }` |\"");
            }
            if (!exists(fault.getName() + "Test")) {
                missing.add("there is no " + fault.getName() + "Test");
            }
        }
        assertEquals(List.of(), missing, "A new fault needs each of these");
    }

    private static Stream<String> typesIn(ConfigValue value) {
        if (!(value instanceof ConfigObject fields)) {
            return Stream.empty();
        }
        ConfigValue type = fields.get("type");
        return Stream.concat(
                type == null ? Stream.empty() : Stream.of(String.valueOf(type.unwrapped())),
                fields.values().stream().flatMap(FaultHouseTest::typesIn));
    }

    private static boolean exists(String type) {
        try {
            Class.forName(type);
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }
}
