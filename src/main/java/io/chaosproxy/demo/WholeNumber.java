package io.chaosproxy.demo;

import io.helidon.http.BadRequestException;

/**
 * A whole number that a request names, and the bounds it must keep.
 *
 * @param name what the number is called in the request, for the refusal
 */
record WholeNumber(String name, long least, long most) {
    /** @throws BadRequestException when the text is no number within the bounds */
    long of(String text) {
        // Eighteen digits always fit a long.
        if (text.matches("[0-9]{1,18}")) {
            long number = Long.parseLong(text);
            if (number >= least && number <= most) {
                return number;
            }
        }
        throw new BadRequestException(
                name + " must be a whole number from " + least + " to " + most + ", not \"" + text + "\"");
    }
}
