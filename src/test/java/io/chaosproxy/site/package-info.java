/** The documentation as a website: pages of {@code src/docs} and of the tables of the program, built by VitePress. */
@NullMarked
package io.chaosproxy.site;

import org.jspecify.annotations.NullMarked;
