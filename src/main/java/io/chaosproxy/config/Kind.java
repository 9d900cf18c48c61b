package io.chaosproxy.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import io.chaosproxy.fault.Check;
import io.chaosproxy.fault.Glob;
import io.chaosproxy.fault.Network;
import io.chaosproxy.fault.Refused;
import io.chaosproxy.net.Address;
import java.math.BigInteger;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A sort of value: how it is read, and how it is written.
 *
 * @param what it must be, for messages
 * @param blank stands in where a value can't be had, so that reading goes on to the next mistake
 * @param reader throws {@link ConfigException} or {@link Refused} on anything else
 * @param writer to text, number or boolean
 */
record Kind<T>(String what, T blank, Function<ConfigValue, T> reader, Function<T, Object> writer) {
    private static final String KEY = "value";

    static final Kind<String> TEXT =
            new Kind<>("text", "", value -> alone(value).getString(KEY), text -> text);

    static final Kind<Boolean> FLAG =
            new Kind<>("true or false", false, value -> alone(value).getBoolean(KEY), flag -> flag);

    static final Kind<Double> NUMBER =
            new Kind<>("a number", 0.0, value -> alone(value).getDouble(KEY), number -> number);

    static final Kind<Long> COUNT = new Kind<>("a whole number", 0L, Kind::whole, count -> count);

    static final Kind<Integer> SMALL_COUNT = small(COUNT);

    static final Kind<Duration> DURATION = new Kind<>(
            "a duration such as 200ms, 2s or 1m",
            Duration.ZERO,
            value -> alone(value).getDuration(KEY),
            Kind::durationText);

    static final Kind<Long> SIZE = new Kind<>("a size such as 1500, 64KiB or 1MiB", 0L, Kind::size, Kind::sizeText);

    static final Kind<Integer> SMALL_SIZE = small(SIZE);

    /** Bytes per second; the second may be written. */
    static final Kind<Long> RATE = new Kind<>(
            "bytes per second such as 64KiB or 1MiB",
            0L,
            value -> SIZE.reader.apply(value.valueType() == ConfigValueType.STRING ? withoutSecond(value) : value),
            Kind::sizeText);

    static final Kind<Address> ADDRESS = new Kind<>(
            "host:port", new Address("", 0), value -> Address.parse("", TEXT.reader.apply(value)), Address::toString);

    static final Kind<Network> NETWORK = new Kind<>(
            "an address or network such as 10.0.0.0/8",
            Network.parse("0.0.0.0"),
            value -> Network.parse(TEXT.reader.apply(value)),
            Network::toString);

    static final Kind<Glob> PATH =
            new Kind<>("a pattern", Glob.path(""), value -> Glob.path(TEXT.reader.apply(value)), Glob::toString);

    static final Kind<Glob> GLOB =
            new Kind<>("a pattern", Glob.text(""), value -> Glob.text(TEXT.reader.apply(value)), Glob::toString);

    static final Kind<Path> FILE =
            new Kind<>("the name of a file", Path.of("blank"), value -> file(TEXT.reader.apply(value)), Path::toString);

    /** What a number without a unit is counted in, if this kind has units. */
    static Optional<String> unit(Kind<?> kind) {
        if (kind.blank instanceof Duration) {
            return Optional.of("ms");
        } else if (kind == RATE) {
            return Optional.of("bytes/s");
        }
        return kind == SIZE || kind == SMALL_SIZE ? Optional.of("bytes") : Optional.empty();
    }

    /** The constants of an enum, spelled as {@link Words} does. */
    static <E extends Enum<E>> Kind<E> word(Class<E> type) {
        return word(type, Map.of());
    }

    /** The same with further words that are read but not written. */
    static <E extends Enum<E>> Kind<E> word(Class<E> type, Map<String, E> more) {
        Map<String, E> constants = new LinkedHashMap<>();
        for (E constant : type.getEnumConstants()) {
            constants.put(Words.of(constant), constant);
        }
        String what = "one of " + String.join(", ", constants.keySet());
        constants.putAll(more);
        E first = type.getEnumConstants()[0];
        return new Kind<>(what, first, value -> constant(what, constants, TEXT.reader.apply(value)), Words::of);
    }

    private static <E> E constant(String what, Map<String, E> constants, String word) {
        E constant = constants.get(word);
        if (constant == null) {
            throw new Refused("", "must be " + what + ", not \"" + word + "\"" + Words.hint(word, constants.keySet()));
        }
        return constant;
    }

    /**
     * What the text of the configuration says.
     *
     * @throws Refused under no key
     */
    T read(ConfigValue value) {
        try {
            return reader.apply(value);
        } catch (ConfigException e) {
            throw new Refused("", "must be " + what + ", not " + shown(value));
        }
    }

    Object write(T value) {
        return writer.apply(value);
    }

    private static String shown(ConfigValue value) {
        return switch (value.valueType()) {
            case OBJECT -> "an object";
            case LIST -> "a list";
            case STRING, NUMBER, BOOLEAN, NULL -> value.render(ConfigRenderOptions.concise());
        };
    }

    /** The library converts what stands in a configuration, not values by themselves. */
    private static Config alone(ConfigValue value) {
        return value.atKey(KEY);
    }

    /** The library would cut off a fraction. */
    private static long whole(ConfigValue value) {
        Number number = alone(value).getNumber(KEY);
        if (number instanceof Double && Math.abs(number.doubleValue()) >= 0x1p63) {
            throw new Refused("", "must be below 2^63, not " + number);
        }
        if (number.doubleValue() != number.longValue()) {
            throw new Refused("", "must be a whole number, not " + number);
        }
        return number.longValue();
    }

    /** The library would take a number that is too large for the largest there is. */
    private static long size(ConfigValue value) {
        try {
            long bytes = whole(value);
            if (bytes < 0) {
                throw new ConfigException.BadValue(KEY, "negative");
            }
            return bytes;
        } catch (ConfigException.WrongType withUnit) {
            BigInteger bytes = alone(value).getMemorySize(KEY).toBytesBigInteger();
            if (bytes.bitLength() >= Long.SIZE) {
                throw new Refused("", "must be below 8 EiB, not " + shown(value));
            }
            return bytes.longValue();
        }
    }

    /** The same, above zero; {@code otherwise} says what to do in the place of 0. */
    static Kind<Duration> positive(Kind<Duration> kind, String otherwise) {
        return new Kind<>(
                kind.what,
                kind.blank,
                value -> {
                    Duration read = kind.reader.apply(value);
                    if (read.isZero()) {
                        throw new Refused("", "must be above 0, or " + otherwise);
                    }
                    return read;
                },
                kind.writer);
    }

    private static Kind<Integer> small(Kind<Long> kind) {
        return new Kind<>(
                kind.what,
                0,
                value -> {
                    long number = kind.reader.apply(value);
                    if (number != (int) number) {
                        throw new Refused("", "must be at most " + Integer.MAX_VALUE + ", not " + number);
                    }
                    return (int) number;
                },
                number -> kind.writer.apply((long) number));
    }

    private static Path file(String name) {
        try {
            Check.that(!name.isBlank(), "", "must name a file");
            return Path.of(name);
        } catch (InvalidPathException e) {
            throw new Refused("", "must name a file: " + e.getReason());
        }
    }

    private static ConfigValue withoutSecond(ConfigValue value) {
        String text = TEXT.reader.apply(value);
        return text.endsWith("/s") ? ConfigValueFactory.fromAnyRef(text.substring(0, text.length() - 2)) : value;
    }

    /** In the largest unit that loses nothing. */
    private static String durationText(Duration duration) {
        long nanos = duration.toNanos();
        if (nanos % 1_000 != 0) {
            return nanos + "ns";
        } else if (nanos % 1_000_000 != 0) {
            return nanos / 1_000 + "us";
        } else if (nanos % 1_000_000_000 != 0) {
            return nanos / 1_000_000 + "ms";
        }
        long seconds = nanos / 1_000_000_000;
        if (seconds == 0 || seconds % 60 != 0) {
            return seconds + "s";
        }
        return seconds % 3600 == 0 ? seconds / 3600 + "h" : seconds / 60 + "m";
    }

    private static Object sizeText(long bytes) {
        for (int power = 3; power > 0; power--) {
            long unit = 1L << (10 * power);
            if (bytes != 0 && bytes % unit == 0) {
                return bytes / unit + " KMG".substring(power, power + 1) + "iB";
            }
        }
        return bytes;
    }
}
