package io.chaosproxy.text;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/** Percent-encoding of URLs (RFC 3986, section 2.1). */
public final class PercentEncoding {
    private PercentEncoding() {}

    /**
     * Decodes as UTF-8; a plus stays one, since it means a space in forms only.
     *
     * @throws IllegalArgumentException if a percent sign is not followed by two hexadecimal digits
     */
    public static String decode(String encoded) {
        return URLDecoder.decode(encoded.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
}
