package io.chaosproxy.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import io.chaosproxy.fault.Refused;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The fields between two braces, being read. Whatever can't be read becomes a mistake, and reading goes on.
 *
 * <p>It remembers every key that it was asked for, so what is left over at the end is unknown.
 */
final class Section {
    /** A number without a unit; nothing but zero is the same in each. */
    private static final Pattern BARE = Pattern.compile("\\s*[-+]?[0-9.]*[1-9][0-9.]*\\s*");

    private final Mistakes mistakes;
    private final List<String> path;
    private final ConfigObject fields;
    private final Set<String> known = new LinkedHashSet<>();

    /**
     * A section to read.
     *
     * @param path of keys that lead to it
     */
    Section(Mistakes mistakes, List<String> path, ConfigObject fields) {
        this.mistakes = mistakes;
        this.path = path;
        this.fields = fields;
    }

    /** The key that it stands under. */
    String name() {
        return path.getLast();
    }

    /** Whether there is a value; {@code null} is none. */
    boolean has(String key) {
        return value(key) != null;
    }

    /** Keys that are known whether or not anybody comes to ask for them. */
    void know(Collection<String> keys) {
        known.addAll(keys);
    }

    /** A value that must be there. */
    <T> T get(String key, Kind<T> kind) {
        if (!has(key)) {
            mistake(key, "is missing; it must be " + kind.what());
            return kind.blank();
        }
        return find(key, kind).orElse(kind.blank());
    }

    /** A value as it would be written again; empty if it isn't there. */
    Optional<String> text(String key) {
        return Optional.ofNullable(value(key))
                .map(value -> value.valueType() == ConfigValueType.STRING
                        ? (String) value.unwrapped()
                        : value.render(ConfigRenderOptions.concise()));
    }

    /** A value that has a default. */
    <T> T get(String key, Kind<T> kind, T usual) {
        return find(key, kind).orElse(usual);
    }

    /** A value that may be left out; empty also if it can't be read. */
    <T> Optional<T> find(String key, Kind<T> kind) {
        ConfigValue value = value(key);
        return value == null ? Optional.empty() : read(key, value, kind);
    }

    /** A value or a list of such values, empty if left out. */
    <T> List<T> list(String key, Kind<T> kind) {
        ConfigValue value = value(key);
        if (value == null) {
            return List.of();
        }
        List<T> items = new ArrayList<>();
        for (ConfigValue item : value instanceof ConfigList list ? list : List.of(value)) {
            read(key, item, kind).ifPresent(items::add);
        }
        return items;
    }

    /** Values by name in the order in which they stand, empty if left out. */
    <T> Map<String, T> map(String key, Kind<T> kind) {
        Map<String, T> entries = new LinkedHashMap<>();
        section(key)
                .ifPresent(section -> section.names()
                        .forEach(name -> section.find(name, kind).ifPresent(value -> entries.put(name, value))));
        return entries;
    }

    /** The section under a key, empty if left out. */
    Optional<Section> section(String key) {
        ConfigValue value = value(key);
        if (value == null) {
            return Optional.empty();
        }
        if (value instanceof ConfigObject object) {
            return Optional.of(new Section(mistakes, along(path, List.of(key)), object));
        }
        mistake(key, "must be an object { ... }");
        return Optional.empty();
    }

    /** The sections that a section holds, in the order in which they stand. */
    List<Section> sections(String key) {
        return section(key)
                .map(section -> section.names().stream()
                        .flatMap(name -> section.section(name).stream())
                        .toList())
                .orElse(List.of());
    }

    private List<String> names() {
        return inOrder(fields).stream().map(Map.Entry::getKey).toList();
    }

    /** The fields in the order in which they stand; the library forgets it. */
    static List<Map.Entry<String, ConfigValue>> inOrder(ConfigObject fields) {
        return fields.entrySet().stream()
                .sorted(Comparator.comparing((Map.Entry<String, ConfigValue> field) -> Place.of(field.getValue()))
                        .thenComparing(Map.Entry::getKey))
                .toList();
    }

    /** What is made of the values, unless reading them, or making it, was a mistake. */
    <T> Optional<T> build(Supplier<T> made) {
        return build(Map.of(), made);
    }

    /**
     * The same where the keys here differ from those that {@link Refused} names.
     *
     * @param keys theirs to ours
     */
    <T> Optional<T> build(Map<String, String> keys, Supplier<T> made) {
        int before = mistakes.count();
        try {
            T value = made.get();
            return mistakes.count() == before ? Optional.of(value) : Optional.empty();
        } catch (Refused e) {
            if (mistakes.count() == before) {
                refused(keys.getOrDefault(e.key(), e.key()), e.reason());
            }
            return Optional.empty();
        }
    }

    private void refused(String key, String reason) {
        if (key.equals("name")) {
            mistake(List.of(), "its name " + reason);
        } else {
            mistake(key, reason);
        }
    }

    private <T> Optional<T> read(String key, ConfigValue value, Kind<T> kind) {
        try {
            T read = kind.read(value);
            Kind.unit(kind)
                    .filter(unit ->
                            BARE.matcher(String.valueOf(value.unwrapped())).matches())
                    .ifPresent(unit -> mistakes.bare(
                            ConfigUtil.joinPath(along(path, List.of(key))) + " = " + value.unwrapped() + " " + unit));
            return Optional.of(read);
        } catch (Refused e) {
            mistakes.add(Place.of(value), ConfigUtil.joinPath(along(path, List.of(key))), e.reason());
            return Optional.empty();
        }
    }

    private @Nullable ConfigValue value(String key) {
        known.add(key);
        ConfigValue value = fields.get(key);
        return value == null || value.valueType() == ConfigValueType.NULL ? null : value;
    }

    /** A mistake at the place of this key, or of the whole section if the key isn't there. */
    void mistake(String key, String message) {
        mistake(List.of(key), message);
    }

    /** A mistake at the place of the last of these keys that is there. */
    void mistake(List<String> keys, String message) {
        ConfigValue deepest = fields;
        for (String key : keys) {
            if (!(deepest instanceof ConfigObject object) || object.get(key) == null) {
                break;
            }
            deepest = object.get(key);
        }
        List<String> whole = along(path, keys);
        mistakes.add(Place.of(deepest), whole.isEmpty() ? "" : ConfigUtil.joinPath(whole), message);
    }

    /** Makes a mistake of each of these keys that is there. */
    void exclude(Collection<String> keys, String reason) {
        keys.stream().filter(this::has).forEach(key -> mistake(key, reason));
    }

    /** Makes a mistake of each key that nobody asked for. */
    void refuseUnknown() {
        for (String key : names()) {
            if (!known.contains(key)) {
                mistake(
                        key,
                        Words.nearest(key, known)
                                .map(meant -> "unknown key; did you mean " + meant + "?")
                                .orElseGet(() -> "unknown key; known here: " + String.join(", ", known)));
            }
        }
    }

    private static List<String> along(List<String> path, List<String> keys) {
        List<String> longer = new ArrayList<>(path);
        longer.addAll(keys);
        return List.copyOf(longer);
    }
}
