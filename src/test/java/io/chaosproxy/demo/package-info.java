@NullMarked
package io.chaosproxy.demo;

import org.jspecify.annotations.NullMarked;
