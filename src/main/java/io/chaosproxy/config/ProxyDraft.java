package io.chaosproxy.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Probability;
import io.chaosproxy.fault.Rule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Draft of a proxy's settings, in the form in which they were written: the short form stays short. Changes are laid over it,
 * and then it is read once. Confined to one thread.
 */
public final class ProxyDraft {
    private static final String FAULTS = "faults";

    /** Ends of the keys that give a rule a range, in place of a single value. */
    private static final List<String> OF_RANGE = List.of("-min", "-max", "-every");

    /** Keys that a rule goes without, by a default. */
    private static final Set<String> OPTIONAL = Set.of("latency-scope", "speed-every", "reset-at");

    /** The rules of one speed for both directions, and of one for each. */
    private static final List<String> SPEEDS = List.of("speed", "speed-up", "speed-down");

    private final String name;
    private final Plan present;

    /** Everything but the rules. */
    private final Map<String, ConfigValue> fields = new HashMap<>();

    /** Keys of the short form. */
    private final Map<String, ConfigValue> words = new HashMap<>();

    /** Rules in the long form. */
    private final Map<String, ConfigValue> faults = new LinkedHashMap<>();

    /** Rules that keys of the short form change, by name, whose conditions only the long form can express. */
    private final Map<String, Rule> conditions = new HashMap<>();

    /** Error for fields that can't be merged. */
    private final ConfigErrors errors = new ConfigErrors();

    private ProxyDraft(String name, Plan present) {
        this.name = name;
        this.present = present;
    }

    /**
     * {@return a draft without settings}
     *
     * @param name name of the proxy
     */
    public static ProxyDraft blank(String name) {
        return new ProxyDraft(name, Plan.CLEAN);
    }

    /**
     * {@return the present settings of a proxy}
     *
     * @param proxy specification of the proxy
     */
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

    /**
     * {@return whether a key is about rules}
     *
     * @param key key of the configuration, for the exception
     */
    public static boolean isOfRules(String key) {
        return key.equals(FAULTS) || ShortForm.WORDS.contains(key);
    }

    /**
     * Lays changes over the draft; {@code null} removes a field or a rule. Keys of the short form complete those of their
     * rule that are there, and leave its conditions as they are; the speed of one direction leaves that of the other as it
     * is. A rule with a {@code type} takes the place of the one of its name, a rule without is laid over it.
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
                .sorted() // speed before its directions
                .forEach(rule -> prepare(rule, changed));
        changed.forEach(this::change);
        rules.forEach((rule, value) -> changeRule(rule, value, changed));
    }

    /**
     * Lays over the draft what says each rule of the short form twice: by its keys, and among all rules, as an answer of the API does. If
     * the two differ, the one that was changed counts. A rule that is left out of the list goes.
     *
     * @param changed fields by key
     * @param rules all of them, by name, in their order
     * @param told what the answer told of; empty if there is no such proxy
     * @throws InvalidConfigException naming the key if both were changed
     */
    public void patchWithAllRules(
            Map<String, ConfigValue> changed, Map<String, ConfigValue> rules, Optional<ProxySpec> told) {
        Map<String, ConfigValue> words = new HashMap<>(changed);
        words.keySet().retainAll(ShortForm.WORDS);
        Set<String> agreeing = new LinkedHashSet<>();
        Set<String> byKeys = new LinkedHashSet<>(); // which were changed, or are new
        Set<String> byList = new LinkedHashSet<>();
        ShortForm.rulesOf(words).forEach((rule, made) -> {
            Optional<Rule> before = told.flatMap(spec -> spec.plan().rule(rule));
            Optional<Rule> listed = Optional.ofNullable(rules.get(rule)).flatMap(value -> parsed(rule, value));
            boolean isNew = before.isEmpty() && !rules.containsKey(rule);
            if (listed.equals(Optional.of(made))) {
                agreeing.add(rule);
            } else if (isNew || (listed.isPresent() && listed.equals(before))) {
                byKeys.add(rule);
            } else if (before.equals(Optional.of(made))) {
                byList.add(rule);
            } else {
                contradiction(words, rule);
            }
        });
        (isInFront(agreeing, rules) ? byKeys : byList).addAll(agreeing); // the list says where they stand
        Map<String, ConfigValue> keys = new HashMap<>(changed);
        keys.keySet().removeIf(key -> ShortForm.WORDS.contains(key) && byList.contains(ShortForm.ruleOf(key)));
        Map<String, ConfigValue> others = new LinkedHashMap<>(rules);
        others.keySet().removeAll(byKeys);
        errors.check();
        patch(keys, others);
    }

    /** Whether rules that the short form makes keep their places: it makes the first ones, unless there are others already. */
    private boolean isInFront(Set<String> made, Map<String, ConfigValue> rules) {
        return !present.rules().isEmpty()
                || List.copyOf(rules.keySet()).subList(0, made.size()).equals(List.copyOf(made));
    }

    /** A rule of the list; empty if it can't be read, of which the errors are told when all is read. */
    private static Optional<Rule> parsed(String rule, ConfigValue value) {
        return value instanceof ConfigObject object
                ? RuleCodec.OWN.read(
                        new ObjectReader(new ConfigErrors(), List.of("faults", rule), object), Optional.empty())
                : Optional.empty();
    }

    private void contradiction(Map<String, ConfigValue> words, String rule) {
        errors.add(
                new SourceLocation("body", 0),
                keyOf(rule, words.keySet()),
                "contradicts the rule " + rule + " of the list, and both differ from what is in force");
    }

    /** Makes the keys of a rule ready to be completed; removes it if the change takes away what it can't go without. */
    private void prepare(String rule, Map<String, ConfigValue> changed) {
        Set<String> removed = new HashSet<>();
        Set<String> given = new HashSet<>();
        changed.forEach((key, value) -> {
            if (ShortForm.WORDS.contains(key) && ShortForm.ruleOf(key).equals(rule)) {
                (isNull(value) ? removed : given).add(key);
            }
        });
        if (given.isEmpty() && !OPTIONAL.containsAll(removed)) {
            forget(rule);
            return;
        }
        writeShort(rule, Set.copyOf(changed.keySet()));
        if (given.isEmpty()) {
            return;
        }
        switch (rule) {
            case "speed" -> replaceDirections();
            case "speed-up" -> splitSpeed(rule, "speed-down", Directions.DOWN, changed.keySet());
            case "speed-down" -> splitSpeed(rule, "speed-up", Directions.UP, changed.keySet());
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

    /** Writes a rule that is in the long form in the short one; its conditions are kept aside if it can't express them. */
    private void writeShort(String rule, Set<String> changed) {
        if (faults.remove(rule) == null) {
            return;
        }
        words.keySet().removeIf(word -> ShortForm.ruleOf(word).equals(rule)); // no longer as it was written
        Rule known = present.rule(rule).orElseThrow();
        Map<String, Object> keys = ShortForm.words(known);
        if (keys.isEmpty()) {
            keys = ShortForm.wordsOfFault(known);
            conditions.put(rule, known);
        }
        if (keys.isEmpty()) {
            conflict(keyOf(rule, changed), rule);
        }
        keys.forEach((word, value) -> words.put(word, ConfigValueFactory.fromAnyRef(value)));
        ShortForm.probabilityOf(rule)
                .filter(words::containsKey)
                .ifPresent(word -> words.put(
                        word, ConfigValueFactory.fromAnyRef(known.chance().probability())));
    }

    /** The first of these keys that is of the rule. */
    private static String keyOf(String rule, Set<String> keys) {
        return keys.stream()
                .filter(key ->
                        ShortForm.WORDS.contains(key) && ShortForm.ruleOf(key).equals(rule))
                .sorted()
                .findFirst()
                .orElse(rule);
    }

    private void conflict(String key, String rule) {
        errors.add(
                new SourceLocation("body", 0),
                key,
                "does not go with the rule " + rule + ", which only the long form can express: change faults." + rule
                        + ", or remove it before");
    }

    /** One speed for both directions takes the place of two, conditions aside. */
    private void replaceDirections() {
        for (String rule : List.of("speed-up", "speed-down")) {
            if (faults.containsKey(rule)
                    && ShortForm.words(present.rule(rule).orElseThrow()).isEmpty()) {
                conflict("speed", rule);
            }
            forget(rule);
        }
    }

    /** A speed of one direction takes its part of the speed for both, which goes on for the other direction. */
    private void splitSpeed(String rule, String other, Directions way, Set<String> changed) {
        ConfigValue written = faults.get("speed");
        if (written == null
                && words.keySet().stream()
                        .noneMatch(word -> ShortForm.ruleOf(word).equals("speed"))) {
            return;
        }
        Rule both = present.rule("speed").orElseThrow();
        if (both.way() == way) {
            return;
        }
        boolean goesOn = both.way() == Directions.BOTH && !changed.contains(other);
        if (ShortForm.wordsOfFault(both).isEmpty() || (goesOn && isThere(other))) {
            conflict(rule, "speed");
            return;
        }
        ConfigValue single = words.get("speed");
        forget("speed");
        if (ShortForm.words(both).isEmpty()) {
            conditions.put(rule, both.named(rule));
        }
        if (goesOn && single != null) {
            words.put(other, single);
        } else if (goesOn) {
            faults.put(other, ConfigWriter.write(both.named(other).way(way)));
        }
    }

    private boolean isThere(String rule) {
        return faults.containsKey(rule)
                || words.keySet().stream()
                        .anyMatch(word -> ShortForm.ruleOf(word).equals(rule));
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
     * @return the specification
     * @throws InvalidConfigException with all errors
     */
    public ProxySpec read() {
        errors.check();
        Map<String, ConfigValue> all = new HashMap<>(fields);
        all.putAll(words);
        all.putIfAbsent(FAULTS, inOrder(faults));
        ProxySpec read =
                ConfigReader.proxy(name, ConfigValueFactory.fromMap(all).toConfig());
        Map<String, Rule> left = new LinkedHashMap<>();
        read.plan().rules().forEach(rule -> left.put(rule.name(), withConditions(rule)));
        List<Rule> kept = new ArrayList<>();
        for (Rule rule : present.rules()) {
            successors(rule.name())
                    .forEach(next -> Optional.ofNullable(left.remove(next)).ifPresent(kept::add));
        }
        List<Rule> rules = new ArrayList<>(left.values());
        rules.removeIf(rule -> faults.containsKey(rule.name()));
        rules.addAll(kept);
        left.values().stream().filter(rule -> faults.containsKey(rule.name())).forEach(rules::add);
        return read.with(new Plan(rules));
    }

    private Rule withConditions(Rule rule) {
        Rule known = conditions.get(rule.name());
        if (known == null) {
            return rule;
        }
        Rule source = ShortForm.probabilityOf(rule.name()).isPresent() ? rule : known;
        return new Rule(
                rule.name(),
                rule.fault(),
                known.way() == Directions.BOTH ? rule.way() : known.way(),
                new Probability(
                        source.chance().probability(),
                        known.chance().per(),
                        known.chance().maxHits()),
                known.when(),
                known.ttl(),
                withBoth(known.written(), rule.written()));
    }

    private static Map<String, String> withBoth(Map<String, String> before, Map<String, String> now) {
        Map<String, String> both = new HashMap<>(before);
        both.putAll(now);
        return both;
    }

    /** Names of the rules that a rule's place is for. */
    private List<String> successors(String rule) {
        return SPEEDS.stream()
                .filter(next -> next.equals(rule)
                        || (SPEEDS.contains(rule) && present.rule(next).isEmpty()))
                .collect(Collectors.collectingAndThen(
                        Collectors.toList(), next -> next.isEmpty() ? List.of(rule) : next));
    }

    /** Each rule on a line of its own, from which the reader knows their order. */
    private static ConfigObject inOrder(Map<String, ConfigValue> faults) {
        Map<String, ConfigValue> lines = new HashMap<>();
        faults.forEach((name, value) -> lines.put(
                name, value.withOrigin(ConfigOriginFactory.newSimple("body").withLineNumber(lines.size() + 1))));
        return ConfigValueFactory.fromMap(lines);
    }
}
