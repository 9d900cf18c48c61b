package io.chaosproxy.config;

import static io.chaosproxy.config.Texts.shop;
import static io.chaosproxy.config.Texts.shopMistakes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
class ProxyCodecTest {
    @Test
    void defaults() {
        assertEquals(
                new ProxySpec(
                        "db",
                        Protocol.TCP,
                        new Address("", 1),
                        new Address("db.test", 2),
                        Plan.CLEAN,
                        Options.DEFAULTS),
                ConfigReader.proxy("db", Texts.parse("protocol = tcp, listen = \":1\", upstream = \"db.test:2\"")));
    }

    @Test
    void everyKey() {
        assertEquals(
                new ProxySpec(
                        "shop",
                        Protocol.HTTP,
                        new Address("127.0.0.1", 8080),
                        new Address("127.0.0.1", 9000),
                        Plan.of(Rule.of("latency", Latency.of(Duration.ofMillis(1)))),
                        Samples.EVERY_OPTION),
                shop("""
                    max-connections = 1
                    connect-timeout = 1ms
                    idle-timeout = 1d
                    max-head = 1KiB
                    backlog = 2
                    drain = 1234567891ns
                    log = connections
                    rewrite-host = true
                    h2c = pass
                    http.strict = false
                    accept-proxy-protocol = ["10.0.0.0/8", "::1"]
                    send-proxy-protocol = v2
                    faults { latency { type = latency, delay = 1 } }
                    """));
    }

    @Test
    void eachOptionIsRefusedByItself() {
        assertEquals(
                List.of(
                        "max-connections: must be above 0, not 0",
                        "connect-timeout: must be at least 1 ms",
                        "idle-timeout: must not be negative, not -1",
                        "max-head: must be from 1 KiB to 16 MiB, not 5",
                        "backlog: must be above 0, not -1",
                        "drain: must be a duration such as 200ms, 2s or 1m, not true",
                        "log: must be one of off, warnings, hits, connections, not \"warning\"; did you mean warnings?",
                        "rewrite-host: must be true or false, not 1",
                        "h2c: must be one of strip, pass, not \"drop\"",
                        "http.strict: must be true or false, not 2",
                        "http.strikt: unknown key; did you mean strict?"),
                shopMistakes("""
                    max-connections = 0
                    connect-timeout = 0
                    idle-timeout = -1
                    max-head = 5
                    backlog = -1
                    drain = true
                    log = warning
                    rewrite-host = 1
                    h2c = drop
                    http { strict = 2, strikt = 1 }
                    """));
    }

    @ParameterizedTest
    @CsvSource({
        "http://127.0.0.1:9000, 127.0.0.1, 9000",
        "http://shop.test, shop.test, 80",
        "http://shop.test/, shop.test, 80",
        "http://[::1], ::1, 80",
        "http://[::1]:81, ::1, 81",
        "https://shop.test, shop.test, 443",
        "https://shop.test:8443/, shop.test, 8443",
        "shop.test:82, shop.test, 82",
        "[fe80::1]:83, fe80::1, 83"
    })
    void upstreamsOfHttp(String upstream, String host, int port) {
        assertEquals(
                new Address(host, port),
                shop("upstream = \"" + upstream + "\"").upstream().orElseThrow());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
        wss://shop.test          | a proxy of protocol http can't connect to wss://shop.test; use: protocol = tcp, upstream = shop.test:443
        tls://shop.test:443      | a proxy of protocol http can't connect to tls://shop.test:443; use: protocol = tcp, upstream = tls://shop.test:443
        https://shop.test/x      | must not have a path, requests go through with their own: "https://shop.test/x"
        https://u:p@shop.test/x  | must not name a user: "https://shop.test/x"
        ftp://shop.test          | a proxy of protocol http can't connect to ftp://shop.test; use: protocol = tcp, upstream = shop.test:PORT
        http://shop.test/a       | must not have a path, requests go through with their own: "http://shop.test/a"
        http://shop.test?a=b     | must not have a query: "http://shop.test?a=b"
        http://me:pw@shop.test   | must not name a user: "http://shop.test"
        http://me:p@w/x@shop.test | must not name a user: "http://shop.test"
        me:pw@shop.test:80       | must not name a user: "shop.test:80"
        me:pw@shop.test          | must not name a user: "shop.test"
        https://u:p/p@shop.test  | must not name a user: "https://shop.test"
        https://                 | must name a host
        http://                  | must name a host
        http://:80               | must name a host
        http://shop.test:0       | must name a port
        http://shop.test:http    | not a port: "http"
        shop.test                | must be host:port, not "shop.test"
        shop.test:99999          | port must be from 0 to 65535, not 99999
        """)
    void upstreamsThatHttpRefuses(String upstream, String reason) {
        assertEquals(List.of("upstream: " + reason), shopMistakes("upstream = \"" + upstream + "\""));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
        http://db.test:1 | a proxy of protocol tcp can't connect to http://db.test:1; use: protocol = http, upstream = http://db.test:1
        https://db.test  | a proxy of protocol tcp can't connect to https://db.test; use: protocol = http, upstream = https://db.test
        wss://db.test    | a proxy of protocol tcp can't connect to wss://db.test; use: protocol = tcp, upstream = db.test:443
        tls://db.test    | must be host:port, not "db.test"
        tls://:5432      | must name a host
        db.test          | must be host:port, not "db.test"
        ::1:5432         | IPv6 addresses stand in brackets: "[::1]"
        :5432            | must name a host
        """)
    void upstreamsThatTcpRefuses(String upstream, String reason) {
        assertEquals(List.of("upstream: " + reason), shopMistakes("protocol = tcp, upstream = \"" + upstream + "\""));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
        tls = yes                                                        | tls: must be passthrough or an object { ... }, not "yes"
        tls = passthrough                                                | tls: passthrough needs protocol = tcp or auto: what is encrypted has no requests
        tls {}                                                           | tls.certificate: is missing; or set self-signed = true
        tls { certificate = a, self-signed = true }                      | tls.self-signed: does not go with certificate
        tls { key = a, self-signed = true }                              | tls.key: needs certificate
        tls { self-signed = true, password-file = a }                    | tls.password-file: needs certificate
        tls { self-signed = true, client-trust = a }                     | tls.client-trust: needs client-certificates = want or require
        tls { self-signed = true, client-certificates = require }        | tls.client-trust: is missing: client certificates are asked for
        tls { self-signed = true, client-certificates = always }         | tls.client-certificates: must be one of none, want, require, not "always"
        tls { self-signed = true, certificates { a.certificate = a } }   | tls.certificates: does not go with self-signed = true, which makes the only certificate
        tls { certificate = a, certificates { a.key = a } }              | tls.certificates.a.certificate: is missing; it must be the name of a file
        tls { certificate = a, self-signed-file = b }                    | tls.self-signed-file: needs self-signed = true, and does not go with a certificate
        tls { certificate = a, alpn = [""] }                             | tls.alpn: not a protocol name: ""
        tls { self-signed = true, alpn = ["http/1.1", h2] }              | tls.alpn: h2 needs protocol = tcp or auto: http and forward proxies speak HTTP/1
        self-signed = true                                               | self-signed: unknown key here; it belongs to tls.self-signed
        server-name = a                                                  | server-name: unknown key here; it belongs to upstream-tls.server-name
        on-refusal = fail                                                | on-refusal: unknown key here; it belongs to intercept.on-refusal
        strict = true                                                    | strict: unknown key here; it belongs to http.strict
        faults { x { type = latency, delay = 1, path = "/a" } }          | faults.x.path: unknown key here; it belongs to when.path
        tls { certificat = a, self-signed = true }                       | tls.certificat: unknown key; did you mean certificate?
        upstream-tls {}                                                  | upstream-tls: needs an upstream that begins with https:// or tls://
        upstream = "https://a", upstream-tls { key = a }                 | upstream-tls.key: needs certificate
        upstream = "https://a", upstream-tls { trust = a, insecure = on } | upstream-tls.insecure: does not go with trust: any certificate would be accepted
        upstream = "https://a", upstream-tls { server-name = "a b" }     | upstream-tls.server-name: must be a host name, not "a b"
        faults { x { type = reset, at = hello } }                        | faults.x.type: a reset of the TLS handshake needs tls { ... }, or intercept { ... } on a forward proxy
        faults { x { type = certificate, kind = expired } }              | faults.x.type: a certificate of the TLS handshake needs tls { ... }, or intercept { ... } on a forward proxy
        reset-enable = on, reset-prob = 1, reset-at = hello              | reset-at: a reset of the TLS handshake needs tls { ... }, or intercept { ... } on a forward proxy
        tls { self-signed = true, x = 1 }, faults { x { type = certificate, kind = expired } } | tls.x: unknown key; known here: certificate, key, password-file, self-signed, certificates, self-signed-file, client-certificates, client-trust, alpn
        faults { x { type = latency, at = handshake, delay = 1, scope = stream } } | faults.x.scope: does not go with at = handshake
        """)
    void whatDoesNotGoTogetherInTls(String text, String mistake) {
        assertEquals(List.of(mistake), shopMistakes(text));
    }

    @Test
    void theFirstOfSeveralCertificatesIsThatOfTheListener() {
        ProxySpec proxy = shop("""
            tls {
              certificates {
                b { certificate = b.pem, key = b.key }
                a { certificate = a.p12, password-file = pw }
              }
              certificate = first.pem
            }
            """);

        ListenerTls.Terminated tls = (ListenerTls.Terminated) proxy.tls().orElseThrow();
        assertEquals(
                List.of("first.pem", "b.pem", "a.p12"),
                tls.allCertificates().stream()
                        .map(files -> files.certificate().toString())
                        .toList());
        assertEquals(List.of("b", "a"), List.copyOf(tls.certificates().keySet()));
    }

    @Test
    void whatIsMissing() {
        InvalidConfigException errors =
                assertThrows(InvalidConfigException.class, () -> ConfigReader.proxy("a.b", Texts.parse("{\n}")));

        assertEquals("""
            test.conf:1: proxies."a.b".protocol: is missing; it must be one of tcp, http, auto, forward
            test.conf:1: proxies."a.b".listen: is missing; it must be host:port
            test.conf:1: proxies."a.b".upstream: is missing; it must be host:port, tls://host:port, or a URL with protocol = http\
            """, errors.getMessage());
    }

    @Test
    void aWrongProtocolDoesNotHideWhatElseIsWrong() {
        assertEquals(
                List.of(
                        "protocol: must be one of tcp, http, auto, forward, not \"HTTP\"; did you mean http?",
                        "drain: must not be negative, not -1"),
                shopMistakes("protocol = HTTP, drain = -1, faults { x { type = respond } }"));
    }
}
