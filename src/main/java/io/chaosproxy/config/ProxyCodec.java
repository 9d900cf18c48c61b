package io.chaosproxy.config;

import static io.chaosproxy.config.ValueType.ADDRESS;

import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Codec for proxies: addresses, options, and rules in both forms. */
final class ProxyCodec {
    private static final ValueType<Protocol> PROTOCOL = ValueType.ofEnum(Protocol.class);

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
                    OptionSchemas.read(reader),
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
        return OptionSchemas.write(
                proxy.options(),
                new ObjectWriter()
                        .put("protocol", PROTOCOL, proxy.protocol())
                        .put("listen", ADDRESS, proxy.listen())
                        .put("upstream", Upstream.kind(proxy.protocol()), proxy.upstream()));
    }

    static ObjectWriter write(List<Rule> rules, RuleCodec codec) {
        ObjectWriter fields = new ObjectWriter();
        rules.forEach(rule -> fields.put(rule.name(), codec.write(rule)));
        return fields;
    }
}
