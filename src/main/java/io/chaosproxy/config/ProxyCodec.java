package io.chaosproxy.config;

import static io.chaosproxy.config.Kind.ADDRESS;
import static io.chaosproxy.config.Kind.DURATION;
import static io.chaosproxy.config.Kind.FLAG;
import static io.chaosproxy.config.Kind.SMALL_COUNT;
import static io.chaosproxy.config.Kind.SMALL_SIZE;

import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.relay.Options;
import io.chaosproxy.relay.ProxySpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;

/** Proxies: addresses, options, and rules in both forms. */
final class ProxyCodec {
    private static final Kind<Protocol> PROTOCOL = Kind.word(Protocol.class);
    private static final Kind<Options.Log> LOG = Kind.word(Options.Log.class);
    private static final Kind<Options.H2c> H2C = Kind.word(Options.H2c.class);

    private ProxyCodec() {}

    /** The proxy that a section describes, under the section's name; empty if that was a mistake. */
    static Optional<ProxySpec> read(Section section) {
        Optional<ProxySpec> proxy = section.build(() -> {
            Protocol protocol = section.get("protocol", PROTOCOL);
            Optional<Protocol> known = section.find("protocol", PROTOCOL);
            ShortForm shortForm = ShortForm.own(section);
            return new ProxySpec(
                    section.name(),
                    protocol,
                    section.get("listen", ADDRESS),
                    section.get("upstream", known.map(Upstream::kind).orElse(Upstream.ANY)),
                    new Plan(rules(section, shortForm.rules(), RuleCodec.OWN, known)),
                    options(section),
                    shortForm.switchedOff());
        });
        section.refuseUnknown();
        return proxy;
    }

    /** The rules that hold for all proxies together. */
    static List<Rule> commonRules(Section section) {
        return rules(section, ShortForm.common(section).rules(), RuleCodec.COMMON, Optional.empty());
    }

    private static List<Rule> rules(
            Section section, List<Rule> shortForm, RuleCodec codec, Optional<Protocol> protocol) {
        List<Rule> rules = new ArrayList<>(shortForm);
        Set<String> taken = new HashSet<>();
        shortForm.forEach(rule -> taken.add(rule.name()));
        for (Section one : section.sections("faults")) {
            if (taken.contains(one.name())) {
                section.mistake(List.of("faults", one.name()), "the short form makes a rule of this name already");
            }
            codec.read(one, protocol)
                    .filter(rule -> !taken.contains(rule.name()))
                    .ifPresent(rules::add);
        }
        return rules;
    }

    /** One at a time, so that each can be refused by itself. */
    private static Options options(Section section) {
        Options options = Options.USUAL;
        options = with(options, section, "max-connections", SMALL_COUNT, Options::maxConnections);
        options = with(options, section, "connect-timeout", DURATION, Options::connectTimeout);
        options = with(options, section, "idle-timeout", DURATION, Options::idleTimeout);
        options = with(options, section, "max-head", SMALL_SIZE, Options::maxHead);
        options = with(options, section, "backlog", SMALL_COUNT, Options::backlog);
        options = with(options, section, "drain", DURATION, Options::drain);
        options = with(options, section, "log", LOG, Options::log);
        options = with(options, section, "rewrite-host", FLAG, Options::rewriteHost);
        options = with(options, section, "h2c", H2C, Options::h2c);
        return http(options, section);
    }

    private static Options http(Options options, Section proxy) {
        Optional<Section> section = proxy.section("http");
        if (section.isEmpty()) {
            return options;
        }
        Options changed = with(options, section.get(), "strict", FLAG, Options::strict);
        section.get().refuseUnknown();
        return changed;
    }

    private static <T> Options with(
            Options options, Section section, String key, Kind<T> kind, BiFunction<Options, T, Options> with) {
        return section.find(key, kind)
                .flatMap(value -> section.build(() -> with.apply(options, value)))
                .orElse(options);
    }

    static Fields write(ProxySpec proxy) {
        Options options = proxy.options();
        Options usual = Options.USUAL;
        Fields fields = new Fields()
                .put("protocol", PROTOCOL, proxy.protocol())
                .put("listen", ADDRESS, proxy.listen())
                .put("upstream", Upstream.kind(proxy.protocol()), proxy.upstream())
                .put("max-connections", SMALL_COUNT, options.maxConnections(), usual.maxConnections())
                .put("connect-timeout", DURATION, options.connectTimeout(), usual.connectTimeout())
                .put("idle-timeout", DURATION, options.idleTimeout(), usual.idleTimeout())
                .put("max-head", SMALL_SIZE, options.maxHead(), usual.maxHead())
                .put("backlog", SMALL_COUNT, options.backlog(), usual.backlog())
                .put("drain", DURATION, options.drain(), usual.drain())
                .put("log", LOG, options.log(), usual.log())
                .put("rewrite-host", FLAG, options.rewriteHost(), usual.rewriteHost())
                .put("h2c", H2C, options.h2c(), usual.h2c())
                .put("http", new Fields().put("strict", FLAG, options.strict(), usual.strict()));
        ShortForm.switchedOff(proxy).forEach(fields::put);
        return fields.put("faults", write(proxy.plan(), RuleCodec.OWN));
    }

    static Fields write(Plan plan, RuleCodec codec) {
        Fields fields = new Fields();
        plan.rules().forEach(rule -> fields.put(rule.name(), codec.write(rule)));
        return fields;
    }
}
