package io.chaosproxy.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Durations, sizes and rates keep the unit in which they were written until their value changes. */
@Tag("fast")
class WrittenUnitsTest {
    private static Config written(Rule rule) {
        return ConfigWriter.write(rule).toConfig();
    }

    private static Rule read(String fields) {
        return ConfigReader.rule("one", ConfigFactory.parseString(fields), Protocol.HTTP);
    }

    @Test
    void aRuleIsWrittenAsItWasRead() {
        Rule rule =
                read("type = outage, min = 1000ms, max = 60s, ttl = 3600000, when { from = 0.5s, for = 1000000us }");
        assertEquals(
                ConfigFactory.parseMap(Map.of(
                        "type", "outage",
                        "min", "1000ms",
                        "max", "60s",
                        "ttl", 3600000,
                        "when", Map.of("from", "0.5s", "for", "1000000us"))),
                written(rule));
        assertEquals(read("type = outage, min = 1s, max = 1m, ttl = 1h, when { from = 500ms, for = 1s }"), rule);
    }

    @Test
    void aChangedFieldIsWrittenInTheUsualUnit() {
        Rule rule = read("type = outage, min = 1000ms, max = 60s, ttl = 2000ms").ttl(Duration.ofSeconds(3));
        assertEquals("3s", written(rule).getString("ttl"));
        assertEquals("1000ms", written(rule).getString("min"));
        assertEquals("60s", written(rule.named("other").probability(0.5)).getString("max"));
    }

    @Test
    void optionsAreWrittenAsTheyWereRead() {
        String fields =
                "protocol = http, listen = \"127.0.0.1:0\", upstream = \"127.0.0.1:9000\", idle-timeout = 60000ms,"
                        + " max-head = 32768, drain = 2500, faults { link { type = rate, rate = 1048576 } }";
        Config written = ConfigWriter.write(ConfigReader.proxy("web", ConfigFactory.parseString(fields)))
                .toConfig();
        assertEquals("60000ms", written.getString("idle-timeout"));
        assertEquals(32768, written.getValue("max-head").unwrapped());
        assertEquals(2500, written.getValue("drain").unwrapped());
        assertEquals(1048576, written.getValue("faults.link.rate").unwrapped());
    }

    @Test
    void settingsOfTheControlPlaneAreWrittenAsTheyWereRead() {
        ControlSettings read = control("shutdown-delay = 1m");
        assertEquals("1m", written(read));
        assertEquals("1m", written(read.listeningOn(new Address("127.0.0.1", 1)).withoutToken()));
        assertEquals(2500, written(control("shutdown-delay = 2500")));
        assertEquals(read, control("shutdown-delay = 60s"));
        assertEquals(read.hashCode(), control("shutdown-delay = 60s").hashCode());
        assertNotEquals(read, control("shutdown-delay = 61s"));
    }

    private static ControlSettings control(String fields) {
        return ConfigReader.read(ConfigFactory.parseString("chaos-proxy.control { " + fields + " }"))
                .control()
                .orElseThrow();
    }

    private static Object written(ControlSettings settings) {
        return ControlSchema.write(settings)
                .toObject()
                .toConfig()
                .getValue("shutdown-delay")
                .unwrapped();
    }

    /** Each duration, size and rate of the schemas, in a unit that the program would not choose. */
    static List<Arguments> fields() {
        List<Arguments> fields = new ArrayList<>();
        FaultSchemas.all(FaultScope.PROXY)
                .forEach(fault -> fault.forms()
                        .forEach(form -> form.schema()
                                .fields()
                                .forEach(field -> unusual(field.about())
                                        .ifPresent(text -> fields.add(Arguments.of(
                                                fault.type(),
                                                form.name(),
                                                field.key(),
                                                text,
                                                body(fault, form, field.key(), text)))))));
        return fields;
    }

    private static String body(FaultSchema<?> fault, FaultSchema.Form<?> form, String key, Object text) {
        Map<String, Object> body = new LinkedHashMap<>(Map.of("type", fault.type()));
        for (FieldSchema<?, ?> field : form.schema().fields()) {
            FieldSchema.About about = field.about();
            if (about.presence() == FieldSchema.Presence.REQUIRED || about.key().equals("distribution")) {
                body.put(about.key(), about.sample());
            }
        }
        body.put(key, text);
        return ConfigWriter.json(ConfigFactory.parseMap(body).root());
    }

    /** The sample in another unit: microseconds and bytes. Not that of a field with a default, which is left out. */
    private static Optional<Object> unusual(FieldSchema.About about) {
        if (ValueType.unit(about.type()).isEmpty()) {
            return Optional.empty();
        }
        Object sample = about.type().read(ConfigValueFactory.fromAnyRef(about.sample()));
        boolean isDefault = about.presence() == FieldSchema.Presence.DEFAULTED;
        return Optional.of(
                switch (sample) {
                    case Duration time ->
                        (time.toNanos() / 1000 - (isDefault && !time.isZero() ? 1000 : 0) + (time.isZero() ? 7000 : 0))
                                + "us";
                    case Number bytes ->
                        bytes.longValue() == 0 ? "8B" : (isDefault ? bytes.longValue() * 3 : bytes.longValue()) + "B";
                    default -> throw new AssertionError(about);
                });
    }

    @ParameterizedTest(name = "{0} {1} {2} = {3}")
    @MethodSource("fields")
    void everyFieldOfAFaultIsWrittenAsItWasRead(String type, String form, String key, Object text, String body) {
        assertEquals(text, written(read(body)).getValue(key).unwrapped(), body);
    }

    @Test
    void everyKeyOfRulesAndConditionsIsWrittenAsItWasRead() {
        List<FieldSchema.About> abouts = new ArrayList<>();
        RuleCodec.FIELDS.forEach(field -> abouts.add(field.about()));
        for (FieldSchema.About about : abouts) {
            unusual(about)
                    .ifPresent(text -> assertEquals(
                            text,
                            written(read("type = slow-close, delay = 1s, " + about.key() + " = " + text))
                                    .getValue(about.key())
                                    .unwrapped()));
        }
        for (FieldSchema<?, ?> field : MatchSchema.WHEN.fields()) {
            unusual(field.about())
                    .ifPresent(text -> assertEquals(
                            text,
                            written(read("type = slow-close, delay = 1s, when." + field.key() + " = " + text))
                                    .getValue("when." + field.key())
                                    .unwrapped()));
        }
    }

    @Test
    void everyOptionIsWrittenAsItWasRead() {
        String proxy = "protocol = http, listen = \"127.0.0.1:0\", upstream = \"127.0.0.1:9000\", ";
        for (FieldSchema.About about : OptionSchemas.abouts(EnumSet.of(Protocol.HTTP))) {
            unusual(about)
                    .ifPresent(text -> assertEquals(
                            text,
                            ConfigWriter.write(ConfigReader.proxy(
                                            "web", ConfigFactory.parseString(proxy + about.key() + " = " + text)))
                                    .get(about.key())
                                    .unwrapped()));
        }
    }
}
