package io.chaosproxy.control.web;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;
import io.chaosproxy.text.PlainText;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes maps, lists, text, numbers, booleans and null as compact JSON in one line, and what suppliers give of them, each
 * just before it is written. Characters that change how a terminal
 * shows the text are escaped. Thread-safe.
 */
public final class JsonWriter {
    /** Keys in alphabetical order. */
    public static final JsonWriter SORTED = new JsonWriter(true, "");

    /** Keys in the order of the map, text safe in HTML: as Go's {@code json.Marshal}. */
    public static final JsonWriter LIKE_GO = new JsonWriter(false, "<>&\u2028\u2029");

    private final JsonFactory factory;
    private final boolean sorted;

    private JsonWriter(boolean sorted, String escaped) {
        this.sorted = sorted;
        this.factory = new JsonFactoryBuilder()
                .characterEscapes(new Escapes(escaped))
                .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
                .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
                .disable(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
                .build();
    }

    /** The value as JSON. */
    public String write(@Nullable Object value) {
        StringWriter text = new StringWriter();
        try {
            write(value, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // there is no device behind a string
        }
        return text.toString();
    }

    /** Writes the value as JSON and leaves the writer open. */
    public void write(@Nullable Object value, Writer to) throws IOException {
        try (JsonGenerator out = factory.createGenerator(new PlainWriter(to))) {
            write(out, value);
        }
    }

    private void write(JsonGenerator out, @Nullable Object value) throws IOException {
        switch (value) {
            case null -> out.writeNull();
            case Supplier<?> late -> write(out, late.get());
            case Map<?, ?> map -> members(out, map);
            case Iterable<?> list -> elements(out, list);
            case String text -> out.writeString(text);
            case Boolean flag -> out.writeBoolean(flag);
            case Integer number -> out.writeNumber(number);
            case Long number -> out.writeNumber(number);
            case Double number -> out.writeNumber(number);
            case BigDecimal number -> out.writeNumber(number);
            default -> throw new IllegalArgumentException("no JSON for " + value.getClass());
        }
    }

    private void members(JsonGenerator out, Map<?, ?> map) throws IOException {
        out.writeStartObject();
        for (Map.Entry<?, ?> member : (sorted ? new TreeMap<>(map) : map).entrySet()) {
            out.writeFieldName(String.valueOf(member.getKey()));
            write(out, member.getValue());
        }
        out.writeEndObject();
    }

    private void elements(JsonGenerator out, Iterable<?> list) throws IOException {
        out.writeStartArray();
        for (Object element : list) {
            write(out, element);
        }
        out.writeEndArray();
    }

    /** Escapes what changes how a terminal shows text, which includes halves of a pair of surrogates. */
    private static final class PlainWriter extends Writer {
        private final Writer next;
        private String half = ""; // of a pair

        PlainWriter(Writer next) {
            this.next = next;
        }

        @Override
        public void write(char[] text, int offset, int length) throws IOException {
            if (half.isEmpty() && isAscii(text, offset, length)) { // whose control characters the generator has escaped
                next.write(text, offset, length);
                return;
            }
            String all = half + new String(text, offset, length);
            boolean splits = !all.isEmpty() && Character.isHighSurrogate(all.charAt(all.length() - 1));
            int end = splits ? all.length() - 1 : all.length();
            half = all.substring(end);
            next.write(PlainText.escapedJson(all.substring(0, end)));
        }

        private static boolean isAscii(char[] text, int offset, int length) {
            for (int i = offset; i < offset + length; i++) {
                if (text[i] >= 0x7F) {
                    return false;
                }
            }
            return true;
        }

        @Override
        public void flush() throws IOException {
            next.flush();
        }

        @Override
        public void close() {} // the value ends with an ASCII character, and its writer stays open
    }

    /** Hexadecimal digits in lower case, as both Go and the configuration library write them. */
    private static final class Escapes extends CharacterEscapes {
        private static final long serialVersionUID = 1L;

        private final int[] ascii = standardAsciiEscapesForJSON();
        private final String escaped;

        Escapes(String escaped) {
            this.escaped = escaped;
            for (int c = 0; c < ascii.length; c++) {
                if (ascii[c] == ESCAPE_STANDARD || escaped.indexOf(c) >= 0) {
                    ascii[c] = ESCAPE_CUSTOM;
                }
            }
        }

        @Override
        public int[] getEscapeCodesForAscii() {
            return ascii.clone();
        }

        @Override
        public @Nullable SerializableString getEscapeSequence(int c) {
            return c < ascii.length || escaped.indexOf(c) >= 0
                    ? new SerializedString(String.format(Locale.ROOT, "\\u%04x", c))
                    : null;
        }
    }
}
