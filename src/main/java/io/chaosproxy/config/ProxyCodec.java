package io.chaosproxy.config;

import static io.chaosproxy.config.ValueType.ADDRESS;
import static io.chaosproxy.config.ValueType.DURATION;
import static io.chaosproxy.config.ValueType.FLAG;
import static io.chaosproxy.config.ValueType.SMALL_COUNT;
import static io.chaosproxy.config.ValueType.SMALL_SIZE;

import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.relay.Options;
import io.chaosproxy.relay.ProxySpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;

/** Codec for proxies: addresses, options, and rules in both forms. */
final class ProxyCodec {
    private static final ValueType<Protocol> PROTOCOL = ValueType.ofEnum(Protocol.class);
    private static final ValueType<Options.Log> LOG = ValueType.ofEnum(Options.Log.class);
    private static final ValueType<Options.H2c> H2C = ValueType.ofEnum(Options.H2c.class);

    private ProxyCodec() {}

    /** Reads the proxy, named after its key; empty if there were errors. */
    static Optional<ProxySpec> read(ObjectReader reader) {
        Optional<ProxySpec> proxy = reader.build(() -> {
            Protocol protocol = reader.get("protocol", PROTOCOL);
            Optional<Protocol> known = reader.find("protocol", PROTOCOL);
            ShortForm shortForm = ShortForm.own(reader);
            return new ProxySpec(
                    reader.name(),
                    protocol,
                    reader.get("listen", ADDRESS),
                    reader.get("upstream", known.map(Upstream::kind).orElse(Upstream.ANY)),
                    new Plan(rules(reader, shortForm.rules(), RuleCodec.OWN, known)),
                    options(reader),
                    shortForm.given());
        });
        reader.rejectUnknown();
        return proxy;
    }

    /** Rules for all proxies. */
    static List<Rule> commonRules(ObjectReader reader) {
        return rules(reader, ShortForm.common(reader).rules(), RuleCodec.COMMON, Optional.empty());
    }

    private static List<Rule> rules(
            ObjectReader reader, List<Rule> shortForm, RuleCodec codec, Optional<Protocol> protocol) {
        List<Rule> rules = new ArrayList<>(shortForm);
        Set<String> taken = new HashSet<>();
        shortForm.forEach(rule -> taken.add(rule.name()));
        for (ObjectReader one : reader.objects("faults")) {
            if (taken.contains(one.name())) {
                reader.error(List.of("faults", one.name()), "the short form makes a rule of this name already");
            }
            codec.read(one, protocol)
                    .filter(rule -> !taken.contains(rule.name()))
                    .ifPresent(rules::add);
        }
        return rules;
    }

    /** Reads options one at a time, so that each is validated by itself. */
    private static Options options(ObjectReader reader) {
        Options options = Options.DEFAULTS;
        options = with(options, reader, "max-connections", SMALL_COUNT, Options::maxConnections);
        options = with(options, reader, "connect-timeout", DURATION, Options::connectTimeout);
        options = with(options, reader, "idle-timeout", DURATION, Options::idleTimeout);
        options = with(options, reader, "max-head", SMALL_SIZE, Options::maxHead);
        options = with(options, reader, "backlog", SMALL_COUNT, Options::backlog);
        options = with(options, reader, "drain", DURATION, Options::drain);
        options = with(options, reader, "log", LOG, Options::log);
        options = with(options, reader, "rewrite-host", FLAG, Options::rewriteHost);
        options = with(options, reader, "h2c", H2C, Options::h2c);
        return http(options, reader);
    }

    private static Options http(Options options, ObjectReader proxy) {
        Optional<ObjectReader> reader = proxy.object("http");
        if (reader.isEmpty()) {
            return options;
        }
        Options changed = with(options, reader.get(), "strict", FLAG, Options::strict);
        reader.get().rejectUnknown();
        return changed;
    }

    private static <T> Options with(
            Options options, ObjectReader reader, String key, ValueType<T> kind, BiFunction<Options, T, Options> with) {
        return reader.find(key, kind)
                .flatMap(value -> reader.build(() -> with.apply(options, value)))
                .orElse(options);
    }

    /** Writes the proxy in the form in which it was written: what the short form says is left out of {@code faults}. */
    static ObjectWriter write(ProxySpec proxy) {
        ObjectWriter fields = writeFields(proxy);
        Map<String, String> keys = ShortForm.writable(proxy);
        keys.forEach((key, text) -> fields.put(key, ShortForm.value(text)));
        Set<String> made = ShortForm.rulesOf(keys).keySet();
        return fields.put(
                "faults",
                write(
                        proxy.plan().rules().stream()
                                .filter(rule -> !made.contains(rule.name()))
                                .toList(),
                        RuleCodec.OWN));
    }

    /** Writes everything but the rules. */
    static ObjectWriter writeFields(ProxySpec proxy) {
        Options options = proxy.options();
        Options defaults = Options.DEFAULTS;
        return new ObjectWriter()
                .put("protocol", PROTOCOL, proxy.protocol())
                .put("listen", ADDRESS, proxy.listen())
                .put("upstream", Upstream.kind(proxy.protocol()), proxy.upstream())
                .put("max-connections", SMALL_COUNT, options.maxConnections(), defaults.maxConnections())
                .put("connect-timeout", DURATION, options.connectTimeout(), defaults.connectTimeout())
                .put("idle-timeout", DURATION, options.idleTimeout(), defaults.idleTimeout())
                .put("max-head", SMALL_SIZE, options.maxHead(), defaults.maxHead())
                .put("backlog", SMALL_COUNT, options.backlog(), defaults.backlog())
                .put("drain", DURATION, options.drain(), defaults.drain())
                .put("log", LOG, options.log(), defaults.log())
                .put("rewrite-host", FLAG, options.rewriteHost(), defaults.rewriteHost())
                .put("h2c", H2C, options.h2c(), defaults.h2c())
                .put("http", new ObjectWriter().put("strict", FLAG, options.strict(), defaults.strict()));
    }

    static ObjectWriter write(List<Rule> rules, RuleCodec codec) {
        ObjectWriter fields = new ObjectWriter();
        rules.forEach(rule -> fields.put(rule.name(), codec.write(rule)));
        return fields;
    }
}
