package io.chaosproxy.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import io.chaosproxy.fault.Plan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class ControlSchemaTest {
    private static final Path EVERYTHING = Path.of("conf/everything.conf");

    private static final ControlSettings EVERY_SETTING = new ControlSettings(
            new Address("::", 1234),
            Optional.of("12345678"),
            Optional.of("87654321"),
            true,
            Optional.of(new ListenerTls.KeyFiles(
                    Path.of("/etc/tls/a.crt"), Optional.of(Path.of("a.key")), Optional.of(Path.of("pw")))),
            Optional.of(Path.of("journal.jsonl")),
            Optional.of(Path.of("access log")),
            true,
            Duration.ofSeconds(5));

    @Test
    void leftOutItIsAsUsual() {
        assertEquals(ControlSettings.DEFAULTS, control(""));
        assertEquals(ControlSettings.DEFAULTS, control("control {}"));
        assertEquals(ControlSettings.DEFAULTS, control("control { token = null, tls = null }"));
    }

    @Test
    void everySetting() {
        assertEquals(EVERY_SETTING, control("""
            control {
              listen = "[::]:1234", token = 12345678, metrics-token = 87654321, open = true
              tls { certificate = /etc/tls/a.crt, key = a.key, password-file = pw }
              journal = journal.jsonl, access-log = access log, hit-headers = yes, shutdown-delay = 5s
            }\
            """));
    }

    @Test
    void writtenItIsReadBackAndDefaultsAreLeftOut() {
        ChaosConfig config = new ChaosConfig(OptionalLong.empty(), Optional.of(EVERY_SETTING), Plan.CLEAN, List.of());
        ConfigObject written = ConfigWriter.write(config);

        assertEquals(config, ConfigReader.read(written.toConfig()));
        assertEquals(config, read(ConfigWriter.hocon(written)));
        assertEquals(config, ConfigReader.read(ConfigReader.json(ConfigWriter.json(written), "test")));
        assertTrue(ControlSchema.write(ControlSettings.DEFAULTS).toObject().isEmpty());
    }

    @Test
    void allMistakesAtTheirLines() {
        assertEquals("""
            test.conf:2: control.listen: port must be from 0 to 65535, not 84740
            test.conf:3: control.open: must be true or false, not "maybe"
            test.conf:4: control.tls.certificate: must name a file
            test.conf:4: control.tls.certificat: unknown key; did you mean certificate?
            test.conf:5: control.acces-log: unknown key; did you mean access-log?\
            """, errors("""
                chaos-proxy.control {
                  listen = "0.0.0.0:84740"
                  open = maybe
                  tls { certificate = "", certificat = x }
                  acces-log = x
                }\
                """));
    }

    @Test
    void shortTokensAreRefusedAndNotRepeated() {
        assertEquals("test.conf:3: control.token: must have at least 8 characters", errors("""
            chaos-proxy.control {
              listen = "0.0.0.0:8474"
              token = s3cret7
            }\
            """));
    }

    @Test
    void aTokenForMetricsNeedsOneForTheRest() {
        assertEquals(
                "test.conf:2: control.metrics-token: needs token; without it /metrics is open",
                errors("chaos-proxy {\ncontrol.metrics-token = 12345678\n}"));
        assertEquals(
                "test.conf:2: control.metrics-token: must have at least 8 characters",
                errors("chaos-proxy {\ncontrol { token = 12345678, metrics-token = short }\n}"));
    }

    @Test
    void theTokensAreNotShown() {
        assertFalse(EVERY_SETTING.toString().contains("12345678"));
        assertFalse(EVERY_SETTING.toString().contains("87654321"));
        assertEquals(Optional.empty(), EVERY_SETTING.withoutToken().token());
        assertEquals(Optional.empty(), EVERY_SETTING.withoutToken().metricsToken());
        assertTrue(EVERY_SETTING.toString().contains("token=***"));
        assertTrue(ControlSettings.DEFAULTS.toString().contains("token=none"));
    }

    @Test
    void everythingHasTheDefaultsAndNamesEveryKey() throws IOException {
        ChaosConfig config = ConfigReader.read(
                ConfigFactory.parseFile(EVERYTHING.toFile()).resolve(ConfigResolveOptions.noSystem()));
        assertEquals(Optional.of(ControlSettings.DEFAULTS), config.control());

        String text = Files.readString(EVERYTHING);
        ConfigObject every = ControlSchema.write(EVERY_SETTING).toObject();
        every.toConfig().entrySet().forEach(entry -> {
            String key = entry.getKey().substring(entry.getKey().lastIndexOf('.') + 1);
            assertTrue(text.contains(key + " ="), key);
        });
    }

    private static ControlSettings control(String fields) {
        return read("chaos-proxy {\n" + fields + "\n}").control().orElse(ControlSettings.DEFAULTS);
    }

    private static ChaosConfig read(String text) {
        return ConfigReader.read(
                ConfigFactory.parseString(text, ConfigParseOptions.defaults().setOriginDescription("test.conf")));
    }

    private static String errors(String text) {
        return assertThrows(InvalidConfigException.class, () -> read(text)).getMessage();
    }
}
