package dev.sockbroker;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import java.util.Collection;
import java.util.Set;
import java.util.stream.Stream;

/** What a program that uses a class can name: its public and protected signatures. */
final class PublicApi {
  private PublicApi() {}

  static boolean isPublic(JavaClass type) {
    return isVisible(type.getModifiers())
        && type.getEnclosingClass().map(PublicApi::isPublic).orElse(true);
  }

  /** Also those in the arguments of generic types. */
  static Stream<JavaClass> types(JavaClass type) {
    Stream<JavaType> supertypes =
        Stream.concat(type.getSuperclass().stream(), type.getInterfaces().stream());
    Stream<JavaClass> members =
        type.getMembers().stream()
            .filter(it -> isVisible(it.getModifiers()))
            .flatMap(PublicApi::types);
    return Stream.concat(involved(supertypes), members);
  }

  private static Stream<JavaClass> types(JavaMember member) {
    Stream<JavaClass> thrown =
        member instanceof JavaCodeUnit unit ? unit.getExceptionTypes().stream() : Stream.empty();
    return Stream.concat(member.getAllInvolvedRawTypes().stream(), thrown);
  }

  private static Stream<JavaClass> involved(Stream<JavaType> types) {
    return types.map(JavaType::getAllInvolvedRawTypes).flatMap(Collection::stream);
  }

  private static boolean isVisible(Set<JavaModifier> modifiers) {
    return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
  }
}
