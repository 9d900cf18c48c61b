package io.chaosproxy.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import io.chaosproxy.fault.Check;
import io.chaosproxy.fault.EndpointPattern;
import io.chaosproxy.fault.Glob;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.Network;
import io.chaosproxy.text.Spelling;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Type of a configuration value: how it is read from and written to the configuration.
 *
 * @param expected what the value must be, for messages
 * @param placeholder returned in place of an unreadable value, so that reading continues to the next error
 * @param reader throws {@link ConfigException} or {@link InvalidValueException} on anything else
 * @param writer to text, number or boolean
 * @param words the values if they are a fixed set of words, without aliases; else empty
 */
record ValueType<T>(
        String expected,
        T placeholder,
        Function<ConfigValue, T> reader,
        Function<T, Object> writer,
        List<String> words) {
    private static final String KEY = "value";
    private static final Pattern NUMBER_TEXT = Pattern.compile("\\d{1,15}(?:\\.\\d{1,15})?");
    private static final Duration LONGEST = Duration.ofDays(365); // as constructors check it

    static final ValueType<String> TEXT =
            new ValueType<>("text", "", value -> alone(value).getString(KEY), text -> text);

    static final ValueType<Boolean> FLAG =
            new ValueType<>("true or false", false, value -> alone(value).getBoolean(KEY), flag -> flag);

    static final ValueType<Double> NUMBER =
            new ValueType<>("a number", 0.0, value -> alone(value).getDouble(KEY), number -> number);

    static final ValueType<Long> COUNT = new ValueType<>("a whole number", 0L, ValueType::whole, count -> count);

    static final ValueType<Integer> SMALL_COUNT = small(COUNT);

    static final ValueType<Duration> DURATION = new ValueType<>(
            "a duration such as 200ms, 2s or 1m", Duration.ZERO, ValueType::duration, ValueType::durationText);

    static final ValueType<Long> SIZE =
            new ValueType<>("a size such as 1500, 64KiB or 1MiB", 0L, ValueType::size, ValueType::sizeText);

    static final ValueType<Integer> SMALL_SIZE = small(SIZE);

    /** Bytes per second; a trailing {@code /s} is accepted. */
    static final ValueType<Long> RATE = new ValueType<>(
            "bytes per second such as 64KiB or 1MiB",
            0L,
            value -> SIZE.reader.apply(value.valueType() == ConfigValueType.STRING ? withoutSecond(value) : value),
            ValueType::sizeText);

    static final ValueType<Address> ADDRESS = new ValueType<>(
            "host:port", new Address("", 0), value -> Address.parse("", TEXT.reader.apply(value)), Address::toString);

    static final ValueType<RedisAddress> REDIS = new ValueType<>(
            "a URL such as redis://host:6379",
            new RedisAddress(false, Optional.empty(), Optional.empty(), List.of(new Address("blank", 1)), 0),
            value -> RedisAddress.parse(TEXT.reader.apply(value)),
            RedisAddress::url);

    static final ValueType<Network> NETWORK = new ValueType<>(
            "an address or network such as 10.0.0.0/8",
            Network.parse("0.0.0.0"),
            value -> Network.parse(TEXT.reader.apply(value)),
            Network::toString);

    static final ValueType<Glob> PATH =
            new ValueType<>("a pattern", Glob.path(""), value -> Glob.path(TEXT.reader.apply(value)), Glob::toString);

    static final ValueType<Glob> GLOB =
            new ValueType<>("a pattern", Glob.text(""), value -> Glob.text(TEXT.reader.apply(value)), Glob::toString);

    static final ValueType<TargetPattern> TARGET = new ValueType<>(
            "host:port or a network such as *.example.com:443 or 10.0.0.0/8",
            TargetPattern.parse("*"),
            value -> TargetPattern.parse(TEXT.reader.apply(value)),
            TargetPattern::toString);

    static final ValueType<EndpointPattern> ENDPOINT = new ValueType<>(
            "a pattern such as *.example.com:443",
            new EndpointPattern(Glob.text("*"), 0),
            value -> EndpointPattern.parse(TEXT.reader.apply(value)),
            EndpointPattern::toString);

    static final ValueType<Path> FILE = new ValueType<>(
            "the name of a file", Path.of("blank"), value -> file(TEXT.reader.apply(value)), Path::toString);

    /** Unit of a number that is written without one; empty if this type has no units. */
    static Optional<String> unit(ValueType<?> kind) {
        if (kind.placeholder instanceof Duration) {
            return Optional.of("ms");
        } else if (kind == RATE) {
            return Optional.of("bytes/s");
        }
        return kind == SIZE || kind == SMALL_SIZE ? Optional.of("bytes") : Optional.empty();
    }

    /**
     * JSON schema of the values. Numbers may be text as well, which the schemas leave out. Values with units refer to the schemas of {@link
     * #unitSchemas}; the format beside the reference says which one it is.
     */
    Map<String, Object> jsonSchema() {
        if (!words().isEmpty()) {
            return Map.of("type", "string", "enum", words());
        } else if (placeholder instanceof Duration) {
            return Map.of("$ref", ConfigReference.SCHEMAS + "Duration", "format", "duration");
        } else if (this == RATE) {
            return Map.of("$ref", ConfigReference.SCHEMAS + "ByteRate", "format", "rate");
        } else if (unit(this).isPresent()) {
            return Map.of("$ref", ConfigReference.SCHEMAS + "Size", "format", "size");
        }
        return switch (placeholder) {
            case Boolean flag -> Map.of("type", "boolean");
            case Double number -> Map.of("type", "number");
            case Long number -> Map.of("type", "integer", "format", "int64");
            case Integer number -> Map.of("type", "integer");
            default -> Map.of("type", "string");
        };
    }

    /** {@return JSON schemas of the values with units, by the names of their components} */
    static Map<String, Object> unitSchemas() {
        Map<String, Object> text = Map.of("type", "string");
        Map<String, Object> whole = Map.of("type", "integer", "format", "int64", "minimum", 0);
        return Map.of(
                "Duration",
                unitSchema(
                        "Number with the unit ns, us, ms, s, m, h or d; a number without one is milliseconds",
                        List.of(text, Map.of("type", "number", "minimum", 0)),
                        List.of("200ms", "2s", 250)),
                "Size",
                unitSchema(
                        "Bytes: a number, or one with a unit such as kB, KiB, MB, MiB or GiB",
                        List.of(text, whole),
                        List.of(1500, "64KiB", "1MiB")),
                "ByteRate",
                unitSchema(
                        "Bytes per second: a number, or one with a unit such as kB, KiB, MB, MiB or GiB",
                        List.of(text, whole),
                        List.of(65_536, "64KiB", "1MiB")));
    }

    private static Map<String, Object> unitSchema(
            String description, List<Map<String, Object>> types, List<Object> examples) {
        return Map.of("description", description, "oneOf", types, "examples", examples);
    }

    /** Values in short: {@code duration}, or {@code first-byte | stream}. */
    String noun() {
        return words().isEmpty()
                ? expected.replaceFirst(" such as .*", "").replaceFirst("^an? ", "")
                : String.join(" | ", words());
    }

    ValueType(String expected, T placeholder, Function<ConfigValue, T> reader, Function<T, Object> writer) {
        this(expected, placeholder, reader, writer, List.of());
    }

    /** The constants of an enum, in the spelling of {@link Spelling}. */
    static <E extends Enum<E>> ValueType<E> ofEnum(Class<E> type) {
        return ofEnum(type, Map.of());
    }

    /** Some constants of an enum. */
    static <E extends Enum<E>> ValueType<E> oneOf(List<E> constants) {
        return ofConstants(constants, Map.of());
    }

    /** The constants of an enum with aliases, which are read but not written. */
    static <E extends Enum<E>> ValueType<E> ofEnum(Class<E> type, Map<String, E> more) {
        return ofConstants(List.of(type.getEnumConstants()), more);
    }

    private static <E extends Enum<E>> ValueType<E> ofConstants(List<E> some, Map<String, E> more) {
        Map<String, E> constants = new LinkedHashMap<>();
        for (E constant : some) {
            constants.put(Spelling.of(constant), constant);
        }
        List<String> words = List.copyOf(constants.keySet());
        String what = "one of " + String.join(", ", words);
        constants.putAll(more);
        return new ValueType<>(
                what,
                some.getFirst(),
                value -> constant(what, constants, TEXT.reader.apply(value)),
                Spelling::of,
                words);
    }

    private static <E> E constant(String what, Map<String, E> constants, String word) {
        E constant = constants.get(word);
        if (constant == null) {
            throw new InvalidValueException(
                    "", "must be " + what + ", not \"" + word + "\"" + Spelling.hint(word, constants.keySet()));
        }
        return constant;
    }

    /**
     * Converts a configuration value.
     *
     * @throws InvalidValueException under no key
     */
    T read(ConfigValue value) {
        try {
            if ((placeholder instanceof Number || placeholder instanceof Duration) && hasOtherDigits(value)) {
                throw new ConfigException.BadValue(KEY, "digits");
            }
            return reader.apply(value);
        } catch (ConfigException e) {
            throw new InvalidValueException("", "must be " + expected + ", not " + shown(value));
        }
    }

    Object write(T value) {
        return writer.apply(value);
    }

    /** A value as it is written: numbers and booleans without quotes. */
    static Object value(String text) {
        if (text.equals("true") || text.equals("false")) {
            return Boolean.valueOf(text);
        }
        return NUMBER_TEXT.matcher(text).matches() ? new BigDecimal(text) : text;
    }

    private static String shown(ConfigValue value) {
        return switch (value.valueType()) {
            case OBJECT -> "an object";
            case LIST -> "a list";
            case STRING, NUMBER, BOOLEAN, NULL -> value.render(ConfigRenderOptions.concise());
        };
    }

    /** Wraps a value in a configuration, because the library converts only values at a path. */
    private static Config alone(ConfigValue value) {
        return value.atKey(KEY);
    }

    /** Integer value; the library would truncate a fraction. */
    private static long whole(ConfigValue value) {
        Number number = alone(value).getNumber(KEY);
        if (number instanceof Double && Math.abs(number.doubleValue()) >= 0x1p63) {
            throw new InvalidValueException("", "must be below 2^63, not " + number);
        }
        boolean tooSmall = number.doubleValue() == 0 && hasDigitAboveZero(value);
        if (tooSmall || number.doubleValue() != number.longValue()) {
            throw new InvalidValueException("", "must be a whole number, not " + (tooSmall ? shown(value) : number));
        }
        return number.longValue();
    }

    /** Whether a number that reads as 0 is one that a double can't represent, such as 1e-400. */
    private static boolean hasDigitAboveZero(ConfigValue value) {
        String text = alone(value).getString(KEY);
        return text.toLowerCase(Locale.ROOT).split("e", 2)[0].chars().anyMatch(c -> c >= '1' && c <= '9');
    }

    /** Duration; an error for one out of range shows it as written, since the library clamps one that is too long. */
    private static Duration duration(ConfigValue value) {
        Duration read = alone(value).getDuration(KEY);
        if (read.isNegative()) {
            throw new InvalidValueException("", "must not be negative, not " + shown(value));
        }
        if (read.compareTo(LONGEST) > 0) {
            throw new InvalidValueException("", "must not be longer than 365 days, not " + shown(value));
        }
        return read;
    }

    /** Whether a text has digits that the library takes and that don't look like digits. */
    private static boolean hasOtherDigits(ConfigValue value) {
        return value.valueType() == ConfigValueType.STRING
                && String.valueOf(value.unwrapped()).chars().anyMatch(c -> c > '9' && Character.isDigit(c));
    }

    /** Size in bytes; the library would clamp an overflowing size to the maximum. */
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
                throw new InvalidValueException("", "must be below 8 EiB, not " + shown(value));
            }
            if (bytes.signum() == 0 && hasDigitAboveZero(value)) {
                throw new InvalidValueException("", "must be a whole number, not " + shown(value));
            }
            return bytes.longValue();
        }
    }

    /** Restricts a duration to values above zero; {@code otherwise} tells the user the alternative to 0. */
    static ValueType<Duration> positive(ValueType<Duration> kind, String otherwise) {
        return new ValueType<>(
                kind.expected,
                kind.placeholder,
                value -> {
                    Duration read = kind.reader.apply(value);
                    if (read.isZero()) {
                        throw new InvalidValueException("", "must be above 0, or " + otherwise);
                    }
                    return read;
                },
                kind.writer);
    }

    private static ValueType<Integer> small(ValueType<Long> kind) {
        return new ValueType<>(
                kind.expected,
                0,
                value -> {
                    long number = kind.reader.apply(value);
                    if (number != (int) number) {
                        throw new InvalidValueException("", "must be at most " + Integer.MAX_VALUE + ", not " + number);
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
            throw new InvalidValueException("", "must name a file: " + e.getReason());
        }
    }

    private static ConfigValue withoutSecond(ConfigValue value) {
        String text = TEXT.reader.apply(value);
        return text.endsWith("/s") ? ConfigValueFactory.fromAnyRef(text.substring(0, text.length() - 2)) : value;
    }

    /** Duration in the largest unit that represents it exactly. */
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
