package io.chaosproxy.config;

import static org.junit.jupiter.api.Assertions.assertThrows;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import java.util.List;

/** Reads pieces of configuration from the text of a test, as if they stood in {@code test.conf}. */
final class Texts {
    private Texts() {}

    static Config parse(String text) {
        return ConfigFactory.parseString(text, ConfigParseOptions.defaults().setOriginDescription("test.conf"))
                .resolve();
    }

    /** A whole configuration. */
    static ChaosConfig config(String text) {
        return ConfigReader.read(parse(text));
    }

    /** A proxy {@code shop} with these fields, http and with its addresses. */
    static ProxySpec shop(String fields) {
        return ConfigReader.proxy(
                "shop",
                parse("protocol = http, listen = \"127.0.0.1:8080\", upstream = \"http://127.0.0.1:9000\"\n" + fields));
    }

    /** A rule {@code x} of an http proxy. */
    static Rule rule(String fields) {
        return ConfigReader.rule("x", parse(fields), Protocol.HTTP);
    }

    /** Errors of an invalid configuration, one per line. */
    static String errors(String text) {
        return assertThrows(InvalidConfigException.class, () -> config(text)).getMessage();
    }

    /** The same of the fields of a proxy, without place and path. */
    static List<String> shopMistakes(String fields) {
        return assertThrows(InvalidConfigException.class, () -> shop(fields)).errors().stream()
                .map(error -> error.path().replaceFirst("^proxies\\.shop\\.?", "") + ": " + error.message())
                .toList();
    }

    /** The same of the fields of a rule. */
    static List<String> ruleMistakes(String fields) {
        return assertThrows(InvalidConfigException.class, () -> rule(fields)).errors().stream()
                .map(error -> error.path().replaceFirst("^faults\\.x\\.?", "") + ": " + error.message())
                .toList();
    }
}
