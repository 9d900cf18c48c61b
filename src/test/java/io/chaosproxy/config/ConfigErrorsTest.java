package io.chaosproxy.config;

import static io.chaosproxy.config.Texts.errors;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Everything that is wrong with a file is said at once, each with its line. */
@Tag("fast")
class ConfigErrorsTest {
    @Test
    void allAtOnce() {
        assertEquals("""
            test.conf:2: seed: must be a whole number, not "lucky"
            test.conf:3: latency-min: needs latency-max
            test.conf:4: proxys: unknown key; did you mean proxies?
            test.conf:5: faults.gone: must be an object { ... }
            test.conf:7: proxies.shop.upstream: is missing; it must be a URL such as http://127.0.0.1:9000 or https://shop.example.com
            test.conf:8: proxies.shop.protcol: unknown key; did you mean protocol?
            test.conf:10: proxies.shop.listen: must be host:port, not "8080"
            test.conf:11: proxies.shop.latncy: unknown key; did you mean latency?
            test.conf:12: proxies.shop.jitter-prob: must be from 0 to 1, not 7.0
            test.conf:14: proxies.shop.faults.slow.type: must be one of latency, rate, outage, reset, timeout, \
            slow-close, slice, limit, corrupt, refuse, certificate, respond, truncate, headers, not "latenci"; \
            did you mean latency?
            test.conf:16: proxies.shop.faults.slower.delay: must not be negative, not "-3s"
            test.conf:17: proxies.shop.faults.slower.when.nth: first and nth exclude each other
            test.conf:21: proxies.db.faults.x.type: respond needs protocol = http or auto\
            """, errors("""
                chaos-proxy {
                  seed = lucky
                  latency-min = 3
                  proxys {}
                  faults { gone = 1 }
                  proxies {
                    shop {
                      protcol = http
                      protocol = http
                      listen = 8080
                      latncy = 5
                      jitter-prob = 7, jitter-min = 1, jitter-max = 2
                      faults {
                        slow { type = latenci, delay = 1 }
                        slower { type = latency
                          delay = -3s
                          when { first = 1, nth = 2 }
                        }
                      }
                    }
                    db { protocol = tcp, listen = ":1", upstream = "a:1", faults { x { type = respond } } }
                  }
                }
                """));
    }

    @Test
    void unknownKeysFarFromAnyGetTheWholeList() {
        assertEquals(
                "test.conf:1: proxies.a.faults.x.colour: unknown key; known here: type, bytes, close-notify,"
                        + " direction, probability, per, max-hits, ttl, when",
                errors("chaos-proxy.proxies.a { " + TCP + "faults.x { type = limit, bytes = 1, colour = red } }"));
    }

    @Test
    void aKeyOneLevelTooHighIsToldItsPlace() {
        assertEquals("""
            test.conf:1: log: unknown key here; it belongs to a proxy, proxies.NAME.log
            test.conf:1: upstream: unknown key here; it belongs to a proxy, proxies.NAME.upstream\
            """, errors("chaos-proxy { log = connections, upstream = \"a:1\" }"));
    }

    @Test
    void theWildcardOfIpv4LeavesIpv6() {
        assertEquals(
                "test.conf:2: proxies.c.listen: a listens on 0.0.0.0:8080 already",
                errors("chaos-proxy.proxies { a { protocol = tcp, upstream = \"x:1\", listen = \"0.0.0.0:8080\" },"
                        + " b { protocol = tcp, upstream = \"x:1\", listen = \"[::1]:8080\" }\n"
                        + " c { protocol = tcp, upstream = \"x:1\", listen = \"localhost:8080\" } }"));
    }

    @Test
    void aControlPlaneThatWantsTheAddressOfAProxy() {
        String proxy = "proxies.a { protocol = tcp, upstream = \"x:1\", listen = \"0.0.0.0:8080\" }";
        assertEquals(
                "test.conf:2: control.listen: a listens on 0.0.0.0:8080 already",
                errors("chaos-proxy { " + proxy + "\n control.listen = \"127.0.0.1:8080\" }"));
        assertEquals(
                1,
                Texts.config("chaos-proxy { " + proxy + "\n control.listen = \"127.0.0.1:8081\" }")
                        .proxies()
                        .size());
    }

    @Test
    void proxiesThatWantTheSameAddress() {
        assertEquals("""
            test.conf:4: proxies.c.listen: a listens on 127.0.0.1:8080 already
            test.conf:5: proxies.d.listen: a listens on 127.0.0.1:8080 already\
            """, errors("""
                chaos-proxy.proxies {
                  a { protocol = tcp, upstream = "x:1", listen = "127.0.0.1:8080" }
                  b { protocol = tcp, upstream = "x:1", listen = "127.0.0.2:8080" }
                  c { protocol = tcp, upstream = "x:1", listen = "127.0.0.1:8080" }
                  d { protocol = tcp, upstream = "x:1", listen = ":8080" }
                  e { protocol = tcp, upstream = "x:1", listen = "127.0.0.1:0" }
                  f { protocol = tcp, upstream = "x:1", listen = "127.0.0.1:0" }
                }
                """));
    }

    @Test
    void rulesOfAllAndOfOneMustDifferInName() {
        assertEquals("""
            test.conf:4: proxies.a.faults.all-latency: a rule of this name applies to all proxies already
            test.conf:5: proxies.b.faults.latency: a rule of this name applies to all proxies already\
            """, errors("""
                chaos-proxy { latency = 1, faults { latency { type = latency, delay = 1 } }
                  proxies {
                    a { protocol = tcp, upstream = "x:1", listen = ":1", faults {
                      all-latency { type = latency, delay = 1 } } }
                    b { protocol = tcp, upstream = "x:1", listen = ":2", latency = 1 }
                  }
                }
                """));
    }

    @Test
    void aLinkThatAllShareHasOneWidth() {
        assertEquals(
                "test.conf:4: proxies.c.faults.wan: proxy a has a rule of this name with shared = all and another"
                        + " rate",
                errors("""
                    chaos-proxy.proxies {
                      a { protocol = tcp, upstream = "x:1", listen = ":1", faults.wan { type = rate, rate = 1, shared = all } }
                      b { protocol = tcp, upstream = "x:1", listen = ":2", faults.wan { type = rate, rate = 1, shared = all } }
                      c { protocol = tcp, upstream = "x:1", listen = ":3", faults.wan { type = rate, rate = 2, shared = all } }
                      d { protocol = tcp, upstream = "x:1", listen = ":4", faults.wan { type = rate, rate = 2 } }
                    }
                    """));
    }

    @Test
    void rulesOfAllMustSuitAll() {
        assertEquals(
                "test.conf:1: faults.\"a.b\".type: respond needs protocol = http or auto, but it applies to all"
                        + " proxies, including d",
                errors("""
                    chaos-proxy.faults { "a.b" { type = respond } }
                    chaos-proxy.proxies {
                      c { protocol = http, upstream = "x:1", listen = ":1" }
                      d { protocol = tcp, upstream = "x:1", listen = ":2" }
                    }
                    """));
    }

    @Test
    void theSameAgainIsCountedAndSaidOnce() {
        ConfigErrors errors = new ConfigErrors();
        for (int i = 1; i <= 3; i++) {
            errors.add(new SourceLocation("test.conf", 1), "seed", "is wrong");
            assertEquals(i, errors.count());
        }
        InvalidConfigException thrown = assertThrows(InvalidConfigException.class, errors::check);
        assertEquals("test.conf:1: seed: is wrong", thrown.getMessage());
    }

    private static final String TCP = "protocol = tcp, upstream = \"x:1\", listen = \":1\", ";
}
