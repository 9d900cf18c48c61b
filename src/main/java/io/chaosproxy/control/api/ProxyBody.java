package io.chaosproxy.control.api;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import io.chaosproxy.config.ConfigReader;
import io.chaosproxy.config.ConfigWriter;
import io.chaosproxy.config.InvalidConfigException;
import io.chaosproxy.control.web.Json;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.relay.ProxySpec;
import io.helidon.webserver.http.ServerRequest;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A proxy, or some of its fields, as a body describes it: what stands under its name in the configuration file, and
 * {@code enabled}.
 *
 * <p>{@code faults} may be a list of rules with their names, too: order matters, and the keys of an object on one line have
 * none.
 */
final class ProxyBody {
    private static final String FAULTS = "faults";
    private static final String ENABLED = "enabled";

    /** What the short form's words begin with, which are the names of its rules. */
    private static final Set<String> SHORT = Set.of("latency", "speed", "jitter", "reset");

    /** Goes with a single latency as well as with a range. */
    private static final String SCOPE = "latency-scope";

    /** Words that say all of their family but for {@link #SCOPE}. */
    private static final Set<String> SINGLE = Set.of("latency", "speed", "speed-up", "speed-down");

    private final Map<String, ConfigValue> fields;
    private final Map<String, ConfigValue> faults;
    private final Optional<Boolean> enabled;

    private ProxyBody(Map<String, ConfigValue> fields, Map<String, ConfigValue> faults, Optional<Boolean> enabled) {
        this.fields = fields;
        this.faults = faults;
        this.enabled = enabled;
    }

    static ProxyBody read(ServerRequest request) {
        JsonBody body = new JsonBody(Json.object(request));
        Map<String, ConfigValue> fields = new HashMap<>(body.fields().root());
        Optional<Boolean> enabled = body.flag(ENABLED);
        fields.remove(ENABLED);
        Map<String, ConfigValue> faults = faults(fields.get(FAULTS));
        return new ProxyBody(fields, faults, enabled);
    }

    private static Map<String, ConfigValue> faults(@Nullable ConfigValue given) {
        Map<String, ConfigValue> faults = new LinkedHashMap<>();
        if (given instanceof ConfigList list) {
            for (int i = 0; i < list.size(); i++) {
                named(faults, i, list.get(i));
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

    private static void named(Map<String, ConfigValue> faults, int index, ConfigValue value) {
        String path = FAULTS + "." + index;
        if (!(value instanceof ConfigObject object)) {
            throw JsonBody.wrong(path, "must be an object { ... } with a name");
        }
        String name = new JsonBody(object.toConfig())
                .text("name")
                .orElseThrow(() -> JsonBody.wrong(path + ".name", "is missing; it must be text"));
        if (faults.put(name, object.withoutKey("name")) != null) {
            throw JsonBody.wrong(path + ".name", "there are two rules of this name");
        }
    }

    Optional<Boolean> enabled() {
        return enabled;
    }

    /** Whether it says anything about rules. */
    boolean hasRules() {
        return fields.keySet().stream().anyMatch(ProxyBody::isOfRules);
    }

    /** Whether it says something about rules and about nothing else. */
    boolean hasOnlyRules() {
        return hasRules() && enabled.isEmpty() && fields.keySet().stream().allMatch(ProxyBody::isOfRules);
    }

    private static boolean isOfRules(String key) {
        return key.equals(FAULTS) || SHORT.contains(family(key));
    }

    /** The whole proxy. */
    ProxySpec spec(String name) {
        return decode(name, fields, faults);
    }

    /**
     * The proxy with these fields laid over it; {@code null} takes a field or a rule away. A rule with a {@code type} takes the
     * place of the one of its name, a rule without is laid over it.
     */
    ProxySpec over(ProxySpec present) {
        Map<String, ConfigValue> merged = new HashMap<>(ConfigWriter.write(present));
        Map<String, ConfigValue> rules = new LinkedHashMap<>();
        if (!isNull(fields.get(FAULTS))) {
            present.plan().rules().forEach(rule -> rules.put(rule.name(), ConfigWriter.write(rule)));
        }
        Map<String, ConfigValue> rest = restOfFamilies(merged, present.plan());
        merged.keySet().removeIf(this::isGivenFamily);
        merged.putAll(rest);
        fields.forEach((key, value) -> {
            rules.keySet().removeIf(rule -> makes(key, rule));
            put(merged, key, value);
        });
        faults.forEach((name, value) -> put(rules, name, laidOver(rules.get(name), value)));
        return decode(present.name(), merged, rules);
    }

    /**
     * The words in force, or switched off, of the families of which the body gives a part, such as the range of a jitter whose
     * probability alone is given. A family of which it only takes words away goes.
     */
    private Map<String, ConfigValue> restOfFamilies(Map<String, ConfigValue> written, Plan present) {
        Map<String, ConfigValue> rest = new HashMap<>();
        written.forEach((word, value) -> {
            if (SHORT.contains(family(word))
                    && fields.entrySet().stream()
                            .anyMatch(each -> family(each.getKey()).equals(family(word)) && !isNull(each.getValue()))) {
                rest.put(word, value);
            }
        });
        for (Rule rule : present.rules()) {
            if (fields.entrySet().stream()
                    .anyMatch(each -> !isNull(each.getValue()) && makes(each.getKey(), rule.name()))) {
                rest.putAll(ConfigWriter.shortForm(rule));
            }
        }
        SINGLE.stream()
                .filter(this::gives)
                .forEach(word -> rest.keySet().removeIf(key -> family(key).equals(family(word)) && !key.equals(SCOPE)));
        if (gives("latency-min") || gives("latency-max")) {
            rest.remove("latency");
        }
        return rest;
    }

    private boolean isGivenFamily(String word) {
        return SHORT.contains(family(word))
                && fields.keySet().stream().anyMatch(given -> family(given).equals(family(word)));
    }

    private boolean gives(String word) {
        return fields.containsKey(word) && !isNull(fields.get(word));
    }

    private static ConfigValue laidOver(@Nullable ConfigValue present, ConfigValue change) {
        return present instanceof ConfigObject && change instanceof ConfigObject object && !object.containsKey("type")
                ? object.withFallback(present)
                : change;
    }

    private static void put(Map<String, ConfigValue> values, String key, ConfigValue value) {
        if (isNull(value)) {
            values.remove(key);
        } else {
            values.put(key, value);
        }
    }

    private static boolean isNull(@Nullable ConfigValue value) {
        return value != null && value.valueType() == ConfigValueType.NULL;
    }

    /** Whether this word of the short form says anew what this rule says; both directions have a speed of their own. */
    private static boolean makes(String word, String rule) {
        String family = family(word);
        if (!SHORT.contains(family)) {
            return false;
        }
        if (word.equals("speed-up") || word.equals("speed-down")) {
            return rule.equals(word) || rule.equals("speed");
        }
        return rule.equals(family) || rule.equals(family + "-up") || rule.equals(family + "-down");
    }

    private static String family(String word) {
        int dash = word.indexOf('-');
        return dash < 0 ? word : word.substring(0, dash);
    }

    private static ProxySpec decode(String name, Map<String, ConfigValue> fields, Map<String, ConfigValue> faults) {
        Map<String, ConfigValue> all = new HashMap<>(fields);
        ConfigValue given = fields.get(FAULTS);
        if (given == null || given instanceof ConfigList || given instanceof ConfigObject) {
            all.put(FAULTS, inOrder(faults));
        }
        try {
            return ConfigReader.proxy(name, ConfigValueFactory.fromMap(all).toConfig());
        } catch (InvalidConfigException e) {
            throw Json.problem(e, "proxies", name);
        }
    }

    /** Each on a line of its own: that is how the reader knows their order. */
    private static ConfigObject inOrder(Map<String, ConfigValue> faults) {
        Map<String, ConfigValue> lines = new HashMap<>();
        faults.forEach((name, value) -> lines.put(
                name, value.withOrigin(ConfigOriginFactory.newSimple("body").withLineNumber(lines.size() + 1))));
        return ConfigValueFactory.fromMap(lines);
    }
}
