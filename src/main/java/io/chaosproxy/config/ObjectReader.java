package io.chaosproxy.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.text.Spelling;
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
 * Reader for one configuration object. Collects errors instead of stopping at the first. Confined to one thread.
 *
 * <p>Records each requested key; {@link #rejectUnknown} reports the remaining ones.
 */
final class ObjectReader {
    /** Non-zero number without a unit; zero means the same in every unit. */
    private static final Pattern BARE = Pattern.compile("\\s*[-+]?[0-9.]*[1-9][0-9.]*\\s*");

    private final ConfigErrors errors;
    private final List<String> path;
    private final ConfigObject fields;
    private final Set<String> known = new LinkedHashSet<>();

    /**
     * Creates a reader.
     *
     * @param path keys from the root to the object
     */
    ObjectReader(ConfigErrors errors, List<String> path, ConfigObject fields) {
        this.errors = errors;
        this.path = path;
        this.fields = fields;
    }

    /** Key of the object. */
    String name() {
        return path.getLast();
    }

    /** True if the key has a value other than {@code null}. */
    boolean has(String key) {
        return value(key) != null;
    }

    /** The keys that there are. */
    Set<String> keys() {
        return fields.keySet();
    }

    /** Declares keys as known, even if they are never read. */
    void know(Collection<String> keys) {
        known.addAll(keys);
    }

    /** Required value. */
    <T> T get(String key, ValueType<T> type) {
        if (!has(key)) {
            error(key, "is missing; it must be " + type.expected());
            return type.placeholder();
        }
        return find(key, type).orElse(type.placeholder());
    }

    /** Value as text for writing it back; empty if absent. */
    Optional<String> text(String key) {
        return Optional.ofNullable(value(key)).map(ObjectReader::text);
    }

    private static String text(ConfigValue value) {
        return value.valueType() == ConfigValueType.STRING
                ? (String) value.unwrapped()
                : value.render(ConfigRenderOptions.concise());
    }

    /** Durations, sizes and rates that were read from this object and those in it, as they are written, by the paths of their keys. */
    Map<String, String> written() {
        return errors.writtenBelow(path.isEmpty() ? "" : ConfigUtil.joinPath(path));
    }

    /** Optional value with a default. */
    <T> T get(String key, ValueType<T> type, T defaultValue) {
        return find(key, type).orElse(defaultValue);
    }

    /** Optional value; empty if absent or unreadable. */
    <T> Optional<T> find(String key, ValueType<T> type) {
        ConfigValue value = value(key);
        return value == null ? Optional.empty() : read(key, value, type);
    }

    /** Single value or list of values; empty if absent. */
    <T> List<T> list(String key, ValueType<T> type) {
        ConfigValue value = value(key);
        if (value == null) {
            return List.of();
        }
        List<T> items = new ArrayList<>();
        for (ConfigValue item : value instanceof ConfigList list ? list : List.of(value)) {
            read(key, item, type).ifPresent(items::add);
        }
        return items;
    }

    /** Values by name, in file order; empty if absent. */
    <T> Map<String, T> map(String key, ValueType<T> type) {
        Map<String, T> entries = new LinkedHashMap<>();
        object(key)
                .ifPresent(reader -> reader.names()
                        .forEach(name -> reader.find(name, type).ifPresent(value -> entries.put(name, value))));
        return entries;
    }

    /** Reader for the object under a key; empty if absent. */
    Optional<ObjectReader> object(String key) {
        ConfigValue value = value(key);
        if (value == null) {
            return Optional.empty();
        }
        if (value instanceof ConfigObject object) {
            return Optional.of(new ObjectReader(errors, along(path, List.of(key)), object));
        }
        error(key, "must be an object { ... }");
        return Optional.empty();
    }

    /** Whether the value under a key is there and no object. */
    boolean isText(String key) {
        ConfigValue value = value(key);
        return value != null && !(value instanceof ConfigObject);
    }

    /** Readers for the objects inside the object under a key, in file order. */
    List<ObjectReader> objects(String key) {
        return object(key)
                .map(reader -> reader.names().stream()
                        .flatMap(name -> reader.object(name).stream())
                        .toList())
                .orElse(List.of());
    }

    private List<String> names() {
        return inOrder(fields).stream().map(Map.Entry::getKey).toList();
    }

    /** Fields in file order, restored from their locations because the library does not keep the order. */
    static List<Map.Entry<String, ConfigValue>> inOrder(ConfigObject fields) {
        return fields.entrySet().stream()
                .sorted(Comparator.comparing(
                                (Map.Entry<String, ConfigValue> field) -> SourceLocation.of(field.getValue()))
                        .thenComparing(Map.Entry::getKey))
                .toList();
    }

    /** Builds the value; empty if reading or validation reported an error. */
    <T> Optional<T> build(Supplier<T> made) {
        return build(Map.of(), made);
    }

    /**
     * Builds the value, and translates the keys that {@link InvalidValueException} names into the keys of this object.
     *
     * @param keys keys of {@code InvalidValueException} to keys of this object
     */
    <T> Optional<T> build(Map<String, String> keys, Supplier<T> made) {
        int before = errors.count();
        try {
            T value = made.get();
            return errors.count() == before ? Optional.of(value) : Optional.empty();
        } catch (InvalidValueException e) {
            if (errors.count() == before) {
                refused(keys.getOrDefault(e.key(), e.key()), e.reason());
            }
            return Optional.empty();
        }
    }

    /** Reports what a check rejects, whatever else was reported. */
    void check(Runnable check) {
        try {
            check.run();
        } catch (InvalidValueException e) {
            refused(e.key(), e.reason());
        }
    }

    private void refused(String key, String reason) {
        if (key.equals("name")) {
            error(List.of(), "its name " + reason);
        } else {
            error(key, reason);
        }
    }

    private <T> Optional<T> read(String key, ConfigValue value, ValueType<T> type) {
        try {
            T read = type.read(value);
            if (ValueType.unit(type).isPresent()) {
                errors.written(ConfigUtil.joinPath(along(path, List.of(key))), text(value));
            }
            ValueType.unit(type)
                    .filter(unit ->
                            BARE.matcher(String.valueOf(value.unwrapped())).matches())
                    .ifPresent(unit -> errors.bare(
                            ConfigUtil.joinPath(along(path, List.of(key))) + " = " + value.unwrapped() + " " + unit));
            return Optional.of(read);
        } catch (InvalidValueException e) {
            errors.add(SourceLocation.of(value), ConfigUtil.joinPath(along(path, List.of(key))), e.reason());
            return Optional.empty();
        }
    }

    private @Nullable ConfigValue value(String key) {
        known.add(key);
        ConfigValue value = fields.get(key);
        return value == null || value.valueType() == ConfigValueType.NULL ? null : value;
    }

    /** Reports an error at a key, or at the object if the key is absent. */
    void error(String key, String message) {
        error(List.of(key), message);
    }

    /** Reports an error at the deepest existing key of a path. */
    void error(List<String> keys, String message) {
        ConfigValue deepest = fields;
        for (String key : keys) {
            if (!(deepest instanceof ConfigObject object) || object.get(key) == null) {
                break;
            }
            deepest = object.get(key);
        }
        List<String> whole = along(path, keys);
        errors.add(SourceLocation.of(deepest), whole.isEmpty() ? "" : ConfigUtil.joinPath(whole), message);
    }

    /** Reports each of these keys that is present. */
    void exclude(Collection<String> keys, String reason) {
        keys.stream().filter(this::has).forEach(key -> error(key, reason));
    }

    /** Reports each unread key as unknown. */
    void rejectUnknown() {
        rejectUnknown(Map.of());
    }

    /**
     * Reports each unread key as unknown.
     *
     * @param below keys of the objects in this one, with the paths at which they are known
     */
    void rejectUnknown(Map<String, String> below) {
        for (String key : names()) {
            if (!known.contains(key)) {
                error(key, "unknown key" + hint(key, below));
            }
        }
    }

    private String hint(String key, Map<String, String> below) {
        String place = below.get(key);
        if (place != null) {
            return " here; it belongs to " + place;
        }
        return Spelling.nearest(key, known)
                .map(meant -> "; did you mean " + meant + "?")
                .orElseGet(() -> "; known here: " + String.join(", ", known));
    }

    private static List<String> along(List<String> path, List<String> keys) {
        List<String> longer = new ArrayList<>(path);
        longer.addAll(keys);
        return List.copyOf(longer);
    }
}
