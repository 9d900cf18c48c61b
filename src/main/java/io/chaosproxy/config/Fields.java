package io.chaosproxy.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** The fields between two braces, being written. What has its default is left out. */
final class Fields {
    private final Map<String, Object> values = new LinkedHashMap<>();

    <T> Fields put(String key, Kind<T> kind, T value) {
        values.put(key, kind.write(value));
        return this;
    }

    /** A value that is text already. */
    Fields put(String key, String text) {
        values.put(key, text);
        return this;
    }

    <T> Fields put(String key, Kind<T> kind, T value, T usual) {
        return value.equals(usual) ? this : put(key, kind, value);
    }

    <T> Fields put(String key, Kind<T> kind, Collection<T> list) {
        if (!list.isEmpty()) {
            values.put(key, list.stream().map(kind::write).toList());
        }
        return this;
    }

    <T> Fields put(String key, Kind<T> kind, Map<String, T> map) {
        Fields fields = new Fields();
        map.forEach((name, value) -> fields.put(name, kind, value));
        return put(key, fields);
    }

    /** A section, left out if there is nothing in it. */
    Fields put(String key, Fields section) {
        if (!section.values.isEmpty()) {
            values.put(key, section);
        }
        return this;
    }

    /** The same for the library. Its objects forget the order of their keys, so each value gets a line to stand in. */
    ConfigObject toObject() {
        return toObject(new AtomicInteger());
    }

    private ConfigObject toObject(AtomicInteger lines) {
        Map<String, ConfigValue> object = new LinkedHashMap<>();
        values.forEach((key, value) -> object.put(key, toValue(value, lines)));
        return ConfigValueFactory.fromMap(object);
    }

    private static ConfigValue toValue(Object value, AtomicInteger lines) {
        int line = lines.incrementAndGet();
        ConfigValue converted =
                value instanceof Fields fields ? fields.toObject(lines) : ConfigValueFactory.fromAnyRef(value);
        return converted.withOrigin(ConfigOriginFactory.newSimple().withLineNumber(line));
    }
}
