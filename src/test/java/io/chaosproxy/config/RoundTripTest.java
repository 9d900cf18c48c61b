package io.chaosproxy.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigUtil;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Rule;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What was written is read back the same: as objects, as HOCON, as JSON. */
@Tag("fast")
class RoundTripTest {
    private static final List<Fault> FAULTS = Samples.FAULTS;
    private static final List<Rule> RULES = Samples.RULES;

    @ParameterizedTest
    @FieldSource("FAULTS")
    void faults(Fault fault) {
        assertSame(Rule.of("x", fault));
    }

    @ParameterizedTest
    @FieldSource("RULES")
    void rules(Rule rule) {
        assertSame(rule);
    }

    @Test
    void configurationsWithTheOrderOfTheirProxiesAndRules() {
        List<Rule> many = new ArrayList<>(RULES);
        for (Fault fault : FAULTS) {
            many.add(Rule.of("z" + (1000 - many.size()), fault));
        }
        ProxySpec web = new ProxySpec(
                "web",
                Protocol.HTTP,
                new Address("::1", 0),
                Optional.of(new Address("fe80::1", 80)),
                new Plan(many),
                Samples.EVERY_OPTION,
                Optional.of(Samples.EVERY_TLS),
                Optional.of(Samples.EVERY_UPSTREAM_TLS),
                Optional.empty(),
                Map.of());
        ProxySpec db = new ProxySpec(
                "a db.1",
                Protocol.TCP,
                new Address("", 5432),
                new Address("db.test", 5432),
                Plan.CLEAN,
                Options.DEFAULTS);
        Plan common = Plan.of(Rule.of("shared", Rate.of(1).sharedBy(FaultScope.ALL)), Rule.of("each", Rate.of(2)));

        ChaosConfig config = new ChaosConfig(OptionalLong.of(Long.MIN_VALUE), common, List.of(web, db));
        ConfigObject written = ConfigWriter.write(config);

        assertEquals(config, ConfigReader.read(written.toConfig()));
        assertEquals(config, ConfigReader.read(Texts.parse(ConfigWriter.hocon(written))));
        assertEquals(config, ConfigReader.read(ConfigReader.json(ConfigWriter.json(written), "test")));
    }

    static List<ProxySpec> withTls() {
        ProxySpec http = ProxySpec.http("shop.test", 443).named("web");
        ProxySpec tcp = ProxySpec.tcp("shop.test", 443).named("web");
        return List.of(
                http.tls(ListenerTls.Terminated.selfSigned()),
                http.tls(ListenerTls.Terminated.selfSigned().writtenTo(Path.of("out.pem"))),
                http.tls(ListenerTls.Terminated.with(Path.of("a"), Path.of("b")).requireClients(Path.of("c"))),
                http.tls(Samples.EVERY_TLS).upstreamTls(UpstreamTls.DEFAULTS),
                http.upstreamTls(UpstreamTls.DEFAULTS.acceptingAll()),
                http.upstreamTls(Samples.EVERY_UPSTREAM_TLS),
                ProxySpec.forward().named("web").intercept(Samples.EVERY_INTERCEPT),
                tcp.tls(new ListenerTls.Passthrough()),
                tcp.tls(ListenerTls.Terminated.selfSigned()).upstreamTls(UpstreamTls.DEFAULTS.trusting(Path.of("d"))));
    }

    @ParameterizedTest
    @MethodSource("withTls")
    void proxiesWithTls(ProxySpec proxy) {
        ConfigObject written = ConfigWriter.write(proxy);
        assertEquals(proxy, ConfigReader.proxy("web", written.toConfig()));
        assertEquals(proxy, ConfigReader.proxy("web", Texts.parse(ConfigWriter.hocon(written))));
        assertEquals(proxy, ConfigReader.proxy("web", ConfigReader.json(ConfigWriter.json(written), "test")));
        assertEquals(proxy, ProxyDraft.of(proxy).read());
    }

    @Test
    void anEmptyConfiguration() {
        ChaosConfig config = new ChaosConfig(OptionalLong.empty(), Plan.CLEAN, List.of());

        assertEquals("chaos-proxy {}\n", ConfigWriter.hocon(ConfigWriter.write(config)));
        assertEquals(config, ConfigReader.read(ConfigWriter.write(config).toConfig()));
    }

    @Test
    void proxiesByThemselves() {
        ProxySpec proxy = Texts.shop("latency = 3, log = hits");

        assertEquals(proxy, ConfigReader.proxy("shop", ConfigWriter.write(proxy).toConfig()));
    }

    private static void assertSame(Rule rule) {
        ConfigObject written = ConfigWriter.write(rule);
        assertEquals(rule, ConfigReader.rule(rule.name(), written.toConfig(), Protocol.HTTP));
        assertEquals(rule, ConfigReader.rule(rule.name(), Texts.parse(ConfigWriter.hocon(written)), Protocol.HTTP));
        String key = ConfigUtil.quoteString(rule.name());
        assertEquals(
                rule,
                ConfigReader.rule(
                        rule.name(),
                        ConfigReader.json("{" + key + ":" + ConfigWriter.json(written) + "}", "test")
                                .getConfig(key),
                        Protocol.HTTP));
    }
}
