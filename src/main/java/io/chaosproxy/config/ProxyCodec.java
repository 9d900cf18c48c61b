package io.chaosproxy.config;

import static io.chaosproxy.config.ValueType.ADDRESS;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigValue;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.text.Spelling;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Codec for proxies: addresses, options, and rules in both forms. */
final class ProxyCodec {
    private static final ValueType<Protocol> PROTOCOL = ValueType.ofEnum(Protocol.class);

    private static final String TLS = "tls";
    private static final String UPSTREAM_TLS = "upstream-tls";
    private static final String INTERCEPT = "intercept";

    /** Values of {@code tls} that are no object. */
    private enum TlsWord {
        PASSTHROUGH
    }

    private static final ValueType<TlsWord> PASSTHROUGH = new ValueType<>(
            "passthrough or an object { ... }", TlsWord.PASSTHROUGH, ProxyCodec::passthrough, Spelling::of);

    /** Keys of a proxy, for the error about one that is written one level too high. */
    static final Map<String, String> BELOW_ALL = below("a proxy, proxies.NAME.", keysOfProxy());

    private static final Map<String, String> BELOW = belowProxy();

    private ProxyCodec() {}

    private static List<String> keysOfProxy() {
        List<String> keys = new ArrayList<>(List.of("protocol", "listen", "upstream", TLS, UPSTREAM_TLS, INTERCEPT));
        OptionSchemas.abouts().forEach(about -> keys.add(about.key()));
        return keys;
    }

    private static Map<String, String> belowProxy() {
        Map<String, String> below = new HashMap<>(below(INTERCEPT + ".", InterceptSchema.INTERCEPT.keys()));
        below.putAll(below(UPSTREAM_TLS + ".", TlsSchemas.UPSTREAM.keys()));
        below.putAll(below(TLS + ".", TlsSchemas.LISTENER.keys()));
        OptionSchemas.httpAbouts().forEach(about -> below.put(about.key(), "http." + about.key()));
        return Map.copyOf(below);
    }

    private static Map<String, String> below(String path, List<String> keys) {
        Map<String, String> below = new HashMap<>();
        keys.forEach(key -> below.put(key, path + key));
        return below;
    }

    /** Reads the proxy, named after its key; empty if there were errors. */
    static Optional<ProxySpec> read(ObjectReader reader) {
        Optional<ProxySpec> proxy = reader.build(() -> {
            Protocol protocol = reader.get("protocol", PROTOCOL);
            Optional<Protocol> known = reader.find("protocol", PROTOCOL);
            ShortForm shortForm = ShortForm.own(reader);
            Plan plan = new Plan(rules(reader, shortForm.rules(), RuleCodec.OWN, known));
            Optional<ListenerTls> tls = listenerTls(reader);
            if (known.filter(spoken -> ProxySpec.offersUnspokenHttp2(tls, spoken))
                    .isPresent()) {
                reader.error(List.of(TLS, "alpn"), ProxySpec.HTTP_1_ONLY);
            }
            Optional<Intercept> intercept =
                    reader.object(INTERCEPT).flatMap(fields -> read(fields, InterceptSchema.INTERCEPT));
            if ((tls.isPresent() || !reader.has(TLS)) && (intercept.isPresent() || !reader.has(INTERCEPT))) {
                checkTls(reader, plan, shortForm, known.orElse(Protocol.AUTO), tls, intercept);
            }
            return new ProxySpec(
                    reader.name(),
                    protocol,
                    reader.get("listen", ADDRESS),
                    upstream(reader, known),
                    plan,
                    OptionSchemas.read(reader),
                    tls,
                    upstreamTls(reader, known),
                    intercept,
                    written(reader, shortForm));
        });
        reader.rejectUnknown(BELOW);
        return proxy;
    }

    /** The values of the short form, and those with units beside the rules, which have theirs. */
    private static Map<String, String> written(ObjectReader reader, ShortForm shortForm) {
        Map<String, String> written = reader.written();
        written.keySet().removeIf(path -> path.startsWith("faults."));
        written.putAll(shortForm.given());
        return written;
    }

    private static Optional<Address> upstream(ObjectReader reader, Optional<Protocol> known) {
        ValueType<Address> type = known.map(Upstream::kind).orElse(Upstream.ANY);
        return known.filter(protocol -> protocol == Protocol.FORWARD).isPresent()
                ? reader.find("upstream", type)
                : Optional.of(reader.get("upstream", type));
    }

    /** Reports rules that need TLS where they stand. */
    private static void checkTls(
            ObjectReader reader,
            Plan plan,
            ShortForm shortForm,
            Protocol protocol,
            Optional<ListenerTls> tls,
            Optional<Intercept> intercept) {
        for (Rule rule : plan.rules()) {
            try {
                ProxySpec.checkTls(rule, protocol, tls, intercept);
            } catch (InvalidValueException e) {
                boolean isShort = shortForm.rules().contains(rule);
                reader.error(isShort ? List.of("reset-at") : List.of("faults", rule.name(), e.key()), e.reason());
            }
        }
    }

    private static Optional<ListenerTls> listenerTls(ObjectReader reader) {
        if (reader.isText(TLS)) {
            reader.get(TLS, PASSTHROUGH);
            return Optional.of(new ListenerTls.Passthrough());
        }
        return reader.object(TLS).flatMap(fields -> read(fields, TlsSchemas.LISTENER));
    }

    private static TlsWord passthrough(ConfigValue value) {
        if (!value.unwrapped().equals(Spelling.of(TlsWord.PASSTHROUGH))) {
            throw new ConfigException.BadValue(TLS, "another word");
        }
        return TlsWord.PASSTHROUGH;
    }

    private static Optional<UpstreamTls> upstreamTls(ObjectReader reader, Optional<Protocol> protocol) {
        if (protocol.filter(known -> known == Protocol.FORWARD).isPresent()) {
            return reader.object(UPSTREAM_TLS).flatMap(fields -> read(fields, TlsSchemas.UPSTREAM));
        }
        boolean named =
                reader.find("upstream", ValueType.TEXT).filter(Upstream::isTls).isPresent();
        Optional<UpstreamTls> given = reader.object(UPSTREAM_TLS).flatMap(fields -> read(fields, TlsSchemas.UPSTREAM));
        if (reader.has(UPSTREAM_TLS) && !named) {
            reader.error(UPSTREAM_TLS, "needs an upstream that begins with https:// or tls://");
        }
        return named ? Optional.of(given.orElse(UpstreamTls.DEFAULTS)) : Optional.empty();
    }

    private static <T> Optional<T> read(ObjectReader fields, ObjectSchema<T> schema) {
        Optional<T> read = fields.build(() -> schema.read(fields));
        fields.rejectUnknown();
        return read;
    }

    /** Rules for all proxies; {@code clustered} if the configuration has a cluster. */
    static List<Rule> commonRules(ObjectReader reader, boolean clustered) {
        return rules(
                reader, ShortForm.common(reader, clustered).rules(), RuleCodec.common(clustered), Optional.empty());
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
        keys.forEach((key, text) -> fields.put(key, ValueType.value(text)));
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
        ObjectWriter fields =
                new ObjectWriter().put("protocol", PROTOCOL, proxy.protocol()).put("listen", ADDRESS, proxy.listen());
        proxy.upstream().ifPresent(upstream -> fields.put("upstream", ValueType.TEXT, Upstream.text(proxy)));
        OptionSchemas.write(proxy.options(), fields);
        proxy.tls().ifPresent(tls -> write(tls, fields));
        proxy.upstreamTls()
                .filter(tls -> !tls.equals(UpstreamTls.DEFAULTS))
                .ifPresent(tls -> fields.put(UPSTREAM_TLS, TlsSchemas.UPSTREAM.write(tls, new ObjectWriter())));
        proxy.intercept()
                .ifPresent(how -> fields.put(INTERCEPT, InterceptSchema.INTERCEPT.write(how, new ObjectWriter())));
        return fields.writtenAs(proxy.written());
    }

    private static void write(ListenerTls tls, ObjectWriter fields) {
        switch (tls) {
            case ListenerTls.Passthrough passthrough -> fields.put(TLS, PASSTHROUGH, TlsWord.PASSTHROUGH);
            case ListenerTls.Terminated terminated -> fields.put(TLS, TlsSchemas.write(terminated));
        }
    }

    static ObjectWriter write(List<Rule> rules, RuleCodec codec) {
        ObjectWriter fields = new ObjectWriter();
        rules.forEach(rule -> fields.put(rule.name(), codec.write(rule)));
        return fields;
    }
}
