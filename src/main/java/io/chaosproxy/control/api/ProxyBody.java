package io.chaosproxy.control.api;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import io.chaosproxy.config.InvalidConfigException;
import io.chaosproxy.config.ProxyDraft;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.control.web.Json;
import io.chaosproxy.fault.Rule;
import io.helidon.webserver.http.ServerRequest;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A proxy, or some of its fields, as a body describes it: what stands under its name in the configuration file, and
 * {@code enabled}.
 *
 * <p>{@code faults} may be a list of rules with their names, too: order matters, and the keys of an object on one line have
 * none. So may {@code rules}, for which it is another name: what an answer says of a proxy or a rule can be sent back as it is,
 * and what is state in it, such as the hits, is ignored.
 */
final class ProxyBody {
    private static final String FAULTS = "faults";
    private static final String ENABLED = "enabled";

    private final Map<String, ConfigValue> fields;
    private final Map<String, ConfigValue> faults;
    private final boolean asAnswered; // faults are all rules, those of the short form in the fields as well
    private final Optional<Boolean> enabled;

    private ProxyBody(
            Map<String, ConfigValue> fields,
            Map<String, ConfigValue> faults,
            boolean asAnswered,
            Optional<Boolean> enabled) {
        this.fields = fields;
        this.faults = faults;
        this.asAnswered = asAnswered;
        this.enabled = enabled;
    }

    static ProxyBody read(ServerRequest request) {
        JsonBody body = new JsonBody(Json.object(request));
        Map<String, ConfigValue> fields = new HashMap<>(body.fields().root());
        Optional<Boolean> enabled = body.flag(ENABLED);
        fields.remove(ENABLED);
        fields.remove(JsonViews.ADDRESS);
        ConfigValue rules = fields.remove(JsonViews.RULES);
        if (rules == null) {
            return new ProxyBody(fields, faults(FAULTS, fields.get(FAULTS)), false, enabled);
        }
        if (fields.containsKey(FAULTS)) {
            throw JsonBody.wrong(JsonViews.RULES, "is another name for faults, which is there, too");
        }
        if (!(rules instanceof ConfigList)) {
            throw JsonBody.wrong(JsonViews.RULES, "must be a list of rules with their names");
        }
        fields.put(FAULTS, ConfigFactory.empty().root());
        return new ProxyBody(fields, faults(JsonViews.RULES, rules), true, enabled);
    }

    /** The fields of a rule in the body of a request, without what an answer adds to them. */
    static Config rule(String name, Config body) {
        String given = new JsonBody(body).text(JsonViews.NAME).orElse(name);
        if (!given.equals(name)) {
            throw JsonBody.wrong(JsonViews.NAME, "must be that of the path, " + name + ", or left out");
        }
        return body.root().withoutKey(JsonViews.NAME).withoutKey(JsonViews.HITS).toConfig();
    }

    /** A change of one rule. Its type says nothing if it is the present one. */
    static ProxyBody ofRule(Rule present, Config body) {
        boolean sameType = new JsonBody(body)
                .text("type")
                .filter(present.fault().type()::equals)
                .isPresent();
        ConfigObject fields = sameType ? body.root().withoutKey("type") : body.root();
        ConfigObject faults = ConfigFactory.empty().root().withValue(present.name(), fields);
        return new ProxyBody(Map.of(FAULTS, faults), Map.of(present.name(), fields), false, Optional.empty());
    }

    private static Map<String, ConfigValue> faults(String key, @Nullable ConfigValue given) {
        Map<String, ConfigValue> faults = new LinkedHashMap<>();
        if (given instanceof ConfigList list) {
            for (int i = 0; i < list.size(); i++) {
                named(faults, key + "." + i, list.get(i));
            }
        } else if (given instanceof ConfigObject object) {
            object.entrySet().stream()
                    .sorted(Comparator.comparingInt((Map.Entry<String, ConfigValue> each) ->
                                    each.getValue().origin().lineNumber())
                            .thenComparing(Map.Entry::getKey))
                    .forEach(each -> faults.put(each.getKey(), each.getValue()));
        }
        return faults;
    }

    private static void named(Map<String, ConfigValue> faults, String path, ConfigValue value) {
        if (!(value instanceof ConfigObject object)) {
            throw JsonBody.wrong(path, "must be an object { ... } with a name");
        }
        String name = new JsonBody(object.toConfig())
                .text(JsonViews.NAME)
                .orElseThrow(() -> JsonBody.wrong(path + ".name", "is missing; it must be text"));
        ConfigObject fields = object.withoutKey(JsonViews.NAME).withoutKey(JsonViews.HITS);
        if (faults.put(name, fields) != null) {
            throw JsonBody.wrong(path + ".name", "there are two rules of this name");
        }
    }

    Optional<Boolean> enabled() {
        return enabled;
    }

    /** Whether it says anything about rules. */
    boolean hasRules() {
        return fields.keySet().stream().anyMatch(ProxyDraft::isOfRules);
    }

    /** Whether it says something about rules and about nothing else. */
    boolean hasOnlyRules() {
        return hasRules() && enabled.isEmpty() && fields.keySet().stream().allMatch(ProxyDraft::isOfRules);
    }

    /**
     * The whole proxy.
     *
     * @param present the one in whose place it comes, which an answer may have told of
     */
    ProxySpec spec(String name, Optional<ProxySpec> present) {
        return read(ProxyDraft.blank(name), name, present);
    }

    /**
     * The proxy with these fields and rules laid over its own, as of {@link ProxyDraft#patch}.
     *
     * @param path where the body stands in the proxy, so that mistakes name the keys of the body
     */
    ProxySpec over(ProxySpec present, String... path) {
        return read(ProxyDraft.of(present), present.name(), Optional.of(present), path);
    }

    private ProxySpec read(ProxyDraft draft, String name, Optional<ProxySpec> present, String... path) {
        try {
            if (asAnswered) {
                draft.patchWithAllRules(fields, faults, present);
            } else {
                draft.patch(fields, faults);
            }
            return draft.read();
        } catch (InvalidConfigException e) {
            throw Json.problem(
                    e,
                    Stream.concat(Stream.of("proxies", name), Stream.of(path)).toArray(String[]::new));
        }
    }
}
