package io.chaosproxy.tls;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;

/** ASN.1 values in DER (ITU-T X.690), as far as certificates need them: each method returns tag, length and content. */
final class Der {
    private static final int SEQUENCE = 0x30;
    private static final int SET = 0x31;
    private static final int CONTEXT = 0x80;
    private static final int CONSTRUCTED = 0x20;

    /** RFC 5280 §4.1.2.5: dates through 2049 are UTCTime, later ones GeneralizedTime. */
    private static final int LAST_UTC_YEAR = 2049;

    private Der() {}

    static byte[] sequence(byte[]... elements) {
        return value(SEQUENCE, concat(elements));
    }

    static byte[] set(byte[]... elements) {
        return value(SET, concat(elements));
    }

    static byte[] integer(BigInteger number) {
        return value(0x02, number.toByteArray());
    }

    static byte[] yes() {
        return value(0x01, new byte[] {(byte) 0xFF});
    }

    /**
     * A named bit list, without trailing zero bits (X.690 §11.2.2).
     *
     * @param bits bit 0 is the highest one
     */
    static byte[] bits(int... bits) {
        int last = Arrays.stream(bits).max().orElse(0);
        byte[] content = new byte[2 + last / 8];
        content[0] = (byte) (7 - last % 8);
        for (int bit : bits) {
            content[1 + bit / 8] |= (byte) (0x80 >> (bit % 8));
        }
        return value(0x03, content);
    }

    static byte[] bitString(byte[] bytes) {
        return value(0x03, concat(new byte[] {0}, bytes));
    }

    static byte[] octets(byte[] bytes) {
        return value(0x04, bytes);
    }

    static byte[] none() {
        return value(0x05);
    }

    /** An object identifier with the dotted notation. */
    static byte[] oid(String dotted) {
        String[] arcs = dotted.split("\\.");
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        content.write(Integer.parseInt(arcs[0]) * 40 + Integer.parseInt(arcs[1]));
        for (String arc : Arrays.asList(arcs).subList(2, arcs.length)) {
            int number = Integer.parseInt(arc);
            for (int shift = 28; shift > 0; shift -= 7) {
                if (number >>> shift != 0) {
                    content.write(0x80 | ((number >>> shift) & 0x7F));
                }
            }
            content.write(number & 0x7F);
        }
        return value(0x06, content.toByteArray());
    }

    static byte[] utf8(String text) {
        return value(0x0C, text.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] time(Instant instant) {
        ZonedDateTime utc = instant.atZone(ZoneOffset.UTC);
        boolean early = utc.getYear() <= LAST_UTC_YEAR;
        String text = DateTimeFormatter.ofPattern(early ? "yyMMddHHmmss'Z'" : "yyyyMMddHHmmss'Z'")
                .format(utc);
        return value(early ? 0x17 : 0x18, text.getBytes(StandardCharsets.US_ASCII));
    }

    /** A value with a context-specific tag instead of its own. */
    static byte[] implicit(int number, byte[] content) {
        return value(CONTEXT | number, content);
    }

    /** A value within a context-specific tag. */
    static byte[] explicit(int number, byte[] content) {
        return value(CONTEXT | CONSTRUCTED | number, content);
    }

    /**
     * Steps over tag and length of a value, and returns the length of its content.
     *
     * @throws IllegalArgumentException if it is longer than what is there
     */
    static int enter(ByteBuffer der) {
        try {
            der.get();
            int length = der.get() & 0xFF;
            if (length >= 0x80) {
                int octets = length & 0x7F;
                length = 0;
                for (int i = 0; i < octets; i++) {
                    length = (length << 8) | (der.get() & 0xFF);
                }
            }
            if (length >= 0 && length <= der.remaining()) {
                return length;
            }
        } catch (BufferUnderflowException e) {
            // as below
        }
        throw new IllegalArgumentException("truncated");
    }

    private static byte[] value(int tag, byte... content) {
        byte[] head = content.length < 0x80
                ? new byte[] {(byte) tag, (byte) content.length}
                : content.length < 0x100
                        ? new byte[] {(byte) tag, (byte) 0x81, (byte) content.length}
                        : new byte[] {(byte) tag, (byte) 0x82, (byte) (content.length >> 8), (byte) content.length};
        return concat(head, content);
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
