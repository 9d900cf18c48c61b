package io.chaosproxy.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.kit.LogLines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Proxies that a file names twice. */
@Tag("fast")
final class DuplicateAddressesTest {
    @TempDir
    private Path folder;

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private void assertWarns(String text, String... warnings) throws IOException {
        Path file = write("a.conf", text);
        assertEquals(
                List.of(warnings),
                DuplicateAddresses.in(file).stream()
                        .map(line -> line.replace(folder + "/", ""))
                        .toList());
        ConfigReader.load(file, java.util.Map.of()); // what was scanned is HOCON
    }

    @Test
    void bothPlacesAreTold() throws IOException {
        assertWarns("""
            chaos-proxy { # the "first" {
              proxies {
                shop {
                  listen = "127.0.0.1:1" // as before
                  upstream = "a:1"
                }
                "my.db" { listen = "127.0.0.1:2", upstream = "b:1" }
                shop { listen : "127.0.0.1:3", upstream = "a:1", faults { x { type = headers, set { a = "}" } } } }
              }
            }
            chaos-proxy.proxies."my.db".upstream = "c:1"
            """, """
            a.conf:8: proxies.shop.listen = 127.0.0.1:3 replaces 127.0.0.1:1 from a.conf:4: both definitions\
             configure one proxy\
            """, """
            a.conf:11: proxies."my.db".upstream = c:1 replaces b:1 from a.conf:7: both definitions configure one proxy\
            """);
    }

    @Test
    void alsoByWayOfAnInclude() throws IOException {
        write("shop.conf", "\nproxies { shop { listen = \"127.0.0.1:1\", upstream = \"a:1\" } }\n");
        write("upstream.conf", "upstream = \"b:1\"");
        assertWarns("""
            chaos-proxy {
              include "shop.conf"
              include required(file("%s/shop.conf"))
              include "missing.conf"
              proxies.shop { include "upstream" }
            }
            """.formatted(folder), """
            upstream.conf:1: proxies.shop.upstream = b:1 replaces a:1 from shop.conf:2: both definitions\
             configure one proxy\
            """);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "chaos-proxy.proxies { a { listen = \"x:1\" }, b { listen = \"x:2\" } }",
                "chaos-proxy.proxies { a { listen = \"x:1\" }, a { listen = \"x:1\" } }",
                "chaos-proxy.proxies { a { listen = \"x:1\" }, a { latency = 5 } }",
                "chaos-proxy.proxies { a { listen = \"x:1\", listen = ${?LISTEN} } }",
                "{ \"chaos-proxy\": { \"proxies\": { \"a\": { \"listen\": \"x:1\", \"tags\": [ { \"listen\": \"y\" } ]"
                        + " } } } }",
                "other.proxies.a { listen = 1 }, other.proxies.a { listen = 2 }",
                "chaos-proxy.proxies.a.faults { b { type = respond, body = \"\"\"\"}\n listen = 1\"\"\" } }",
                "a = 1 // x\n# chaos-proxy.proxies.a.listen = 1\nchaos-proxy.proxies.a { listen = 2 }"
            })
    void whatIsMeantIsNot(String text) throws IOException {
        assertWarns(text);
    }

    /** What isn't HOCON is the library's to refuse: this ends. */
    @ParameterizedTest
    @ValueSource(
            strings = {"", "{", "}", "a = \"", "a = \"\"\"x", "a { b = [", "=", "::,,", "a\\", "include", "\"\\", "a b"
            })
    void anyTextComesToAnEnd(String text) throws IOException {
        assertEquals(List.of(), DuplicateAddresses.in(write("b.conf", text)));
    }

    @Test
    void aFileThatIncludesItselfComesToAnEnd() throws IOException {
        assertEquals(List.of(), DuplicateAddresses.in(write("c.conf", "include \"c.conf\"\na = 1")));
    }

    @Test
    void aLoadedFileWarnsInTheLog() throws IOException {
        Path file = write(
                "d.conf",
                "chaos-proxy.proxies { a { listen = \"x:1\", protocol = tcp, upstream = \"u:1\" }\n"
                        + " a { listen = \"x:2\" } }");
        try (LogLines log = LogLines.of("config")) {
            ChaosConfig.read(file);
            assertTrue(log.lines().getFirst().contains(":2: proxies.a.listen = x:2 replaces x:1"));
        }
    }
}
