package io.chaosproxy.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.relay.ProxySpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Draft of a proxy's settings, in the form in which they were written: the short form stays short. Changes are laid over it, and
 * then it is read once. Confined to one thread.
 */
public final class ProxyDraft {
    private static final String FAULTS = "faults";

    /** Ends of the keys that give a rule a range, in place of a single value. */
    private static final List<String> OF_RANGE = List.of("-min", "-max", "-every");

    private final String name;
    private final Plan present;

    /** Everything but the rules. */
    private final Map<String, ConfigValue> fields = new HashMap<>();

    /** Keys of the short form. */
    private final Map<String, ConfigValue> words = new HashMap<>();

    /** Rules in the long form. */
    private final Map<String, ConfigValue> faults = new LinkedHashMap<>();

    private ProxyDraft(String name, Plan present) {
        this.name = name;
        this.present = present;
    }

    /** A draft without settings. */
    public static ProxyDraft blank(String name) {
        return new ProxyDraft(name, Plan.CLEAN);
    }

    /** The present settings of a proxy. */
    public static ProxyDraft of(ProxySpec proxy) {
        ProxyDraft draft = new ProxyDraft(proxy.name(), proxy.plan());
        draft.fields.putAll(ProxyCodec.writeFields(proxy).toObject());
        Map<String, String> keys = ShortForm.holding(proxy);
        keys.forEach((word, text) -> draft.words.put(word, ConfigValueFactory.fromAnyRef(text)));
        Set<String> made = ShortForm.rulesOf(keys).keySet();
        for (Rule rule : proxy.plan().rules()) {
            if (!made.contains(rule.name())) {
                draft.faults.put(rule.name(), ConfigWriter.write(rule));
            }
        }
        return draft;
    }

    /** Whether a key is about rules. */
    public static boolean isOfRules(String key) {
        return key.equals(FAULTS) || ShortForm.WORDS.contains(key);
    }

    /**
     * Lays changes over the draft; {@code null} removes a field or a rule. Keys of the short form complete those of their rule
     * that are there. A rule with a {@code type} takes the place of the one of its name, a rule without is laid over it.
     *
     * @param changed fields by key; of {@code faults} only whether it is {@code null} or no object
     * @param rules by name, in their order
     */
    public void patch(Map<String, ConfigValue> changed, Map<String, ConfigValue> rules) {
        if (isNull(changed.get(FAULTS))) {
            present.names().forEach(this::forget);
        }
        changed.keySet().stream()
                .filter(ShortForm.WORDS::contains)
                .map(ShortForm::ruleOf)
                .distinct()
                .forEach(rule -> prepare(rule, changed));
        changed.forEach(this::change);
        rules.forEach((rule, value) -> changeRule(rule, value, changed));
    }

    /** Makes the keys of a rule ready to be completed; removes it if the change only takes keys away. */
    private void prepare(String rule, Map<String, ConfigValue> changed) {
        Set<String> given = changed.entrySet().stream()
                .filter(each -> ShortForm.ruleOf(each.getKey()).equals(rule) && !isNull(each.getValue()))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
        if (given.isEmpty()) {
            forget(rule);
            return;
        }
        if (faults.remove(rule) != null) { // no longer as it was written, if it was in the short form
            words.keySet().removeIf(word -> ShortForm.ruleOf(word).equals(rule));
            present.rule(rule)
                    .ifPresent(known -> ShortForm.words(known)
                            .forEach((word, value) -> words.put(word, ConfigValueFactory.fromAnyRef(value))));
        }
        switch (rule) {
            case "speed" -> List.of("speed-up", "speed-down").forEach(this::forget);
            case "speed-up", "speed-down" -> forget("speed");
            default -> {}
        }
        if (given.contains(rule)) {
            OF_RANGE.forEach(end -> words.remove(rule + end));
        } else if (OF_RANGE.stream().anyMatch(end -> given.contains(rule + end))) {
            ConfigValue single = words.remove(rule);
            if (single != null) {
                words.put(rule + "-min", single);
                words.put(rule + "-max", single);
            }
        }
    }

    private void forget(String rule) {
        words.keySet().removeIf(word -> ShortForm.ruleOf(word).equals(rule));
        faults.remove(rule);
    }

    private void change(String key, ConfigValue value) {
        if (key.equals(FAULTS) && (isNull(value) || value instanceof ConfigObject || value instanceof ConfigList)) {
            return;
        }
        put(ShortForm.WORDS.contains(key) ? words : fields, key, value);
    }

    private void changeRule(String rule, ConfigValue value, Map<String, ConfigValue> changed) {
        ConfigValue before = faults.get(rule);
        boolean isMade = before == null
                && present.rule(rule).isPresent()
                && changed.keySet().stream()
                        .noneMatch(word -> ShortForm.ruleOf(word).equals(rule));
        if (isMade) { // by the short form, which can't say all that may come now
            forget(rule);
            before = ConfigWriter.write(present.rule(rule).orElseThrow());
        }
        put(faults, rule, laidOver(before, value));
    }

    private static ConfigValue laidOver(@Nullable ConfigValue before, ConfigValue change) {
        return before instanceof ConfigObject && change instanceof ConfigObject object && !object.containsKey("type")
                ? object.withFallback(before)
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

    /**
     * Reads the draft. Rules that are there already keep their places; new ones of the short form come first, others last.
     *
     * @throws InvalidConfigException with all errors
     */
    public ProxySpec read() {
        Map<String, ConfigValue> all = new HashMap<>(fields);
        all.putAll(words);
        all.putIfAbsent(FAULTS, inOrder(faults));
        ProxySpec read =
                ConfigReader.proxy(name, ConfigValueFactory.fromMap(all).toConfig());
        List<Rule> rules = new ArrayList<>();
        read.plan().rules().stream()
                .filter(rule -> isNew(rule) && !faults.containsKey(rule.name()))
                .forEach(rules::add);
        present.rules().forEach(rule -> read.plan().rule(rule.name()).ifPresent(rules::add));
        read.plan().rules().stream()
                .filter(rule -> isNew(rule) && faults.containsKey(rule.name()))
                .forEach(rules::add);
        return read.with(new Plan(rules));
    }

    private boolean isNew(Rule rule) {
        return present.rule(rule.name()).isEmpty();
    }

    /** Each rule on a line of its own, from which the reader knows their order. */
    private static ConfigObject inOrder(Map<String, ConfigValue> faults) {
        Map<String, ConfigValue> lines = new HashMap<>();
        faults.forEach((name, value) -> lines.put(
                name, value.withOrigin(ConfigOriginFactory.newSimple("body").withLineNumber(lines.size() + 1))));
        return ConfigValueFactory.fromMap(lines);
    }
}
