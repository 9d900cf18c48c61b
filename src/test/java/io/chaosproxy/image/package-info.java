/** The image of {@code mvn -Pimage verify}. */
@NullMarked
package io.chaosproxy.image;

import org.jspecify.annotations.NullMarked;
