package io.chaosproxy.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Limit;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.SlowClose;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class ConfigWriterTest {
    @Test
    void leavesOutDefaultsAndKeepsTheOrder() {
        String text = """
            protocol = http
            listen = "127.0.0.1:8080"
            upstream = "http://127.0.0.1:9000"
            log = hits
            faults {
              speed {
                type = rate
                rate = 1MiB
              }
              "a b" {
                type = respond
                status = 429
                body = "true"
                headers {
                  X-1 = "two words"
                }
                probability = 0.5
                when {
                  method = ["GET", "PUT"]
                }
              }
            }
            """;

        assertEquals(text, ConfigWriter.hocon(ConfigWriter.write(ConfigReader.proxy("shop", Texts.parse(text)))));
    }

    @Test
    void certificatesKeepTheirNamesAndTheirOrder() {
        String text = """
            protocol = http
            listen = "127.0.0.1:8080"
            upstream = "https://shop.test:443"
            tls {
              certificate = "first.pem"
              certificates {
                zeta {
                  certificate = "z.pem"
                  key = "z.key"
                }
                "a b" {
                  certificate = "a.p12"
                  password-file = pw
                }
              }
            }
            """;
        ProxySpec read = ConfigReader.proxy("shop", Texts.parse(text));

        assertEquals(text, ConfigWriter.hocon(ConfigWriter.write(read)));
        assertEquals(
                text, ConfigWriter.hocon(ConfigWriter.write(ProxyDraft.of(read).read())));
    }

    @Test
    void jsonHasTheSame() {
        String json = ConfigWriter.json(ConfigWriter.write(Texts.rule("""
            type = headers, on = request, set { Host = x }, remove = [A, B], max-hits = 3, when { path = "/é" }\
            """)));

        assertEquals("""
            {
              "type": "headers",
              "on": "request",
              "set": {
                "Host": "x"
              },
              "remove": ["A", "B"],
              "max-hits": 3,
              "when": {
                "path": "/é"
              }
            }
            """, json);
    }

    @Test
    void durationsAndSizesHaveTheLargestUnitThatLosesNothing() {
        assertEquals("17ns", delay(Duration.ofNanos(17)));
        assertEquals("1500us", delay(Duration.ofNanos(1_500_000)));
        assertEquals("1500ms", delay(Duration.ofMillis(1500)));
        assertEquals("90s", delay(Duration.ofSeconds(90)));
        assertEquals("2m", delay(Duration.ofMinutes(2)));
        assertEquals("24h", delay(Duration.ofDays(1)));
        assertEquals("0s", delay(Duration.ZERO));

        assertEquals("1GiB", bytes(1 << 30));
        assertEquals("1025MiB", bytes((1L << 30) + (1 << 20)));
        assertEquals("3KiB", bytes(3072));
        assertEquals(1000, bytes(1000));
        assertEquals(0, bytes(0));
    }

    @Test
    void whoSharesARateDependsOnWhereItStands() {
        ChaosConfig config = Texts.config("""
            chaos-proxy.faults {
              a { type = rate, rate = 1 }
              b { type = rate, rate = 1, shared = proxy }
            }\
            """);

        assertEquals(FaultScope.ALL, ((Rate) config.common().rules().get(0).fault()).shared());
        assertEquals("""
            chaos-proxy {
              faults {
                a {
                  type = rate
                  rate = 1
                }
                b {
                  type = rate
                  rate = 1
                  shared = proxy
                }
              }
            }
            """, ConfigWriter.hocon(ConfigWriter.write(config)));
    }

    private static Object delay(Duration delay) {
        return ConfigWriter.write(Rule.of("x", new SlowClose(delay)))
                .get("delay")
                .unwrapped();
    }

    private static Object bytes(long bytes) {
        Object written =
                ConfigWriter.write(Rule.of("x", new Limit(bytes))).get("bytes").unwrapped();
        return written instanceof Number number ? number.intValue() : written;
    }

    /** A body comes from the control API; recursion for each word would overflow the stack. */
    @Test
    void aLongTextOfManyWordsIsWritten() {
        String words = "a" + "-a".repeat(100_000);
        String text =
                ConfigWriter.hocon(ConfigWriter.write(ConfigReader.proxy("shop", Texts.parse("""
                    protocol = http
                    listen = "127.0.0.1:8080"
                    upstream = "http://127.0.0.1:9000"
                    faults { a { type = respond, status = 429, body = %s } }
                    """.formatted(words)))));

        assertTrue(text.contains("body = " + words + "\n"));
    }
}
