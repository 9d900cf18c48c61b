package io.chaosproxy.control.toxiproxy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonEOFException;
import io.chaosproxy.control.web.JsonWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/**
 * JSON with the meaning and the words of Go's {@code encoding/json}, which Toxiproxy's clients have come to depend on.
 *
 * <p>Only the first value of a body counts, and it is parsed as a whole before any of it is used.
 */
final class GoJson {
    private static final JsonFactory FACTORY = new JsonFactory();

    private GoJson() {}

    /** A value as it was written. */
    sealed interface Value {
        /** Its name in Go's {@code cannot unmarshal ...}. */
        String kind();
    }

    /** Equals a missing field in Go. */
    record Null() implements Value {
        @Override
        public String kind() {
            return "null";
        }
    }

    record Bool(boolean value) implements Value {
        @Override
        public String kind() {
            return "bool";
        }
    }

    /** A number, not yet read: 1.0 is no integer. */
    record Numeral(String literal) implements Value {
        @Override
        public String kind() {
            return "number";
        }
    }

    record Text(String value) implements Value {
        @Override
        public String kind() {
            return "string";
        }
    }

    record Array(List<Value> values) implements Value {
        @Override
        public String kind() {
            return "array";
        }
    }

    /** All members in order, including duplicate keys. */
    record Members(List<Member> members) implements Value {
        @Override
        public String kind() {
            return "object";
        }
    }

    record Member(String key, Value value) {}

    /** The first value of the text. */
    static Value read(String text) throws ApiError {
        try (JsonParser parser = FACTORY.createParser(text)) {
            if (parser.nextToken() == null) {
                throw ApiError.badBody("EOF");
            }
            return value(parser);
        } catch (JsonEOFException e) {
            throw ApiError.badBody("unexpected EOF");
        } catch (JsonProcessingException e) {
            throw ApiError.badBody(e.getOriginalMessage());
        } catch (IOException e) {
            throw new UncheckedIOException(e); // there is no device behind a string
        }
    }

    /** As deep as the parser allows, which is 1,000. */
    private static Value value(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> members(parser);
            case START_ARRAY -> array(parser);
            case VALUE_STRING -> new Text(parser.getText());
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Numeral(parser.getText());
            case VALUE_TRUE -> new Bool(true);
            case VALUE_FALSE -> new Bool(false);
            case VALUE_NULL -> new Null();
            case END_OBJECT, END_ARRAY, FIELD_NAME, VALUE_EMBEDDED_OBJECT, NOT_AVAILABLE ->
                throw new IllegalStateException("no value begins with " + parser.currentToken());
        };
    }

    private static Members members(JsonParser parser) throws IOException {
        List<Member> members = new ArrayList<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String key = parser.currentName();
            parser.nextToken();
            members.add(new Member(key, value(parser)));
        }
        return new Members(members);
    }

    private static Array array(JsonParser parser) throws IOException {
        List<Value> values = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            values.add(value(parser));
        }
        return new Array(values);
    }

    /** A value as {@code json.Marshal} writes it; objects keep the order of their map. */
    static String write(Object value) {
        return JsonWriter.LIKE_GO.write(value);
    }

    /** A {@code float32} as short as it can be and still read back the same: 1, 0.5, 0.1. */
    static BigDecimal number(float value) {
        return new BigDecimal(Float.toString(value)).stripTrailingZeros();
    }
}
