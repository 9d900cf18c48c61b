package io.chaosproxy.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import io.chaosproxy.config.FaultSchema.Form;
import io.chaosproxy.config.FieldSchema.About;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the table says about a field is what reading and the constructors make of it. */
@Tag("fast")
final class FaultSchemasTest {
    /** An object of the configuration with a sample for each field. */
    record Sample(String place, String type, Map<String, Object> fields, List<About> abouts) {
        Map<String, Object> with(String key, Object value) {
            Map<String, Object> changed = new HashMap<>(fields);
            changed.put(key, value);
            return changed;
        }

        Map<String, Object> without(String key) {
            Map<String, Object> changed = new HashMap<>(fields);
            changed.remove(key);
            return changed;
        }

        /** The rule, or what is wrong with it, by key. */
        private Rule rule(Map<String, Object> given) {
            Map<String, Object> rule = new HashMap<>(given);
            if (place.equals("when")) {
                rule = Map.of("type", type, "delay", "1ms", "when", given);
            } else {
                rule.put("type", type);
            }
            return ConfigReader.rule("x", ConfigFactory.parseMap(rule), Protocol.HTTP);
        }

        private Optional<String> errorAt(String key, Map<String, Object> given) {
            try {
                rule(given);
                return Optional.empty();
            } catch (InvalidConfigException e) {
                String path = (place.equals("when") ? "faults.x.when." : "faults.x.") + key;
                return e.errors().stream()
                        .filter(error -> error.path().equals(path))
                        .map(ConfigError::message)
                        .findFirst();
            }
        }

        @Override
        public String toString() {
            return place;
        }
    }

    private static Sample sample(String place, String type, List<? extends FieldSchema<?, ?>> fields) {
        List<About> abouts = fields.stream().map(FieldSchema::about).collect(Collectors.toList());
        Map<String, Object> values = new HashMap<>();
        abouts.forEach(about -> values.put(about.key(), about.sample()));
        return new Sample(place, type, values, abouts);
    }

    static Stream<Sample> samples() {
        Stream<Sample> faults = FaultSchemas.all(FaultScope.PROXY).stream().flatMap(FaultSchemasTest::samples);
        List<FieldSchema<?, ?>> rule = new ArrayList<>(RuleCodec.FIELDS);
        FaultSchemas.all(FaultScope.PROXY)
                .getFirst()
                .forms()
                .getFirst()
                .schema()
                .fields()
                .forEach(rule::add);
        return Stream.concat(
                faults,
                Stream.of(sample("rule", "latency", rule), sample("when", "latency", MatchSchema.WHEN.fields())));
    }

    private static <F extends Fault> Stream<Sample> samples(FaultSchema<F> schema) {
        return schema.forms().stream()
                .map(form -> sample(
                        schema.type() + " " + form.name(),
                        schema.type(),
                        form.schema().fields()));
    }

    static Stream<Arguments> fields() {
        return samples().flatMap(sample -> sample.abouts().stream().map(about -> Arguments.of(sample, about)));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void aRuleOfAllSamplesIsRead(Sample sample) {
        sample.rule(sample.fields());
    }

    @ParameterizedTest
    @MethodSource("fields")
    void anAbsentFieldIsItsDefault(Sample sample, About about) {
        if (about.key().equals("distribution")) {
            return; // selects the form
        }
        Rule whole = sample.rule(sample.fields());
        switch (about.presence()) {
            case REQUIRED ->
                assertTrue(sample.errorAt(about.key(), sample.without(about.key()))
                        .orElse("")
                        .startsWith("is missing"));
            case DEFAULTED -> assertEquals(whole, sample.rule(sample.without(about.key())));
            case OPTIONAL -> {
                if (!about.key().equals("direction") && !about.key().equals("per")) {
                    assertNotEquals(whole, sample.rule(sample.without(about.key())));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("fields")
    void theBoundsAreThoseOfTheConstructor(Sample sample, About about) {
        about.min().ifPresent(min -> {
            assertEquals(Optional.empty(), sample.errorAt(about.key(), sample.with(about.key(), min)));
            assertTrue(sample.errorAt(about.key(), sample.with(about.key(), beyond(min, -1)))
                    .isPresent());
        });
        about.max().ifPresent(max -> {
            assertEquals(Optional.empty(), sample.errorAt(about.key(), sample.with(about.key(), max)));
            assertTrue(sample.errorAt(about.key(), sample.with(about.key(), beyond(max, 1)))
                    .isPresent());
        });
    }

    private static Object beyond(Object bound, int step) {
        return switch (bound) {
            case Integer number -> number + step;
            case Long number -> number + step;
            case Double number -> number + step * 1e-9;
            default -> {
                Duration duration = ValueType.DURATION.read(ConfigValueFactory.fromAnyRef(bound));
                yield ValueType.DURATION.write(duration.plusNanos(step * 1000L));
            }
        };
    }

    @ParameterizedTest
    @MethodSource("fields")
    void numbersHaveALowerBound(Sample sample, About about) {
        boolean any = about.type() == ValueType.NUMBER
                || about.type() == ValueType.COUNT
                || about.type() == ValueType.SMALL_COUNT;
        assertTrue(!any || about.min().isPresent() || about.summary().contains("above 0"), about.toString());
    }

    @ParameterizedTest
    @MethodSource("fields")
    void aSummaryIsAPhrase(Sample sample, About about) {
        assertTrue(about.summary().matches("[a-zA-Z].*[^.]"), about.summary());
    }

    static Stream<FaultSchema<?>> schemas() {
        return FaultSchemas.all(FaultScope.PROXY).stream();
    }

    @ParameterizedTest
    @MethodSource("schemas")
    void formsHaveNamesOfTheirOwnAndAFieldOnce(FaultSchema<?> schema) {
        HashSet<String> names = new HashSet<>();
        for (Form<?> form : schema.forms()) {
            assertTrue(names.add(form.name()));
            List<String> keys = form.schema().keys();
            assertEquals(keys.size(), new HashSet<>(keys).size());
            assertFalse(keys.contains("type") || keys.stream().anyMatch(ofRule()::contains), keys.toString());
        }
    }

    private static List<String> ofRule() {
        return RuleCodec.FIELDS.stream().map(FieldSchema::key).toList();
    }

    @ParameterizedTest
    @MethodSource("samples")
    void theTypeIsThatOfTheFault(Sample sample) {
        assertEquals(sample.type(), sample.rule(sample.fields()).fault().type());
    }
}
